<?php

/** Writes to everything a script may write to, in pieces of lines, and tells what reading gave. */
function write_everywhere(): array
{
    $out = fopen('php://stdout', 'w');
    fwrite($out, "out one\nout ");
    fwrite($out, "two\n");
    file_put_contents('PHP://stderr', "error one\nerror two");
    fwrite($out, 'out unfinished');
    return [
        'stdin' => file_get_contents('php://stdin'),
        'tty' => stream_isatty($out),
        'memory' => file_put_contents('php://memory', 'abc'),
        'type' => stream_get_meta_data($out)['wrapper_type'],
    ];
}
