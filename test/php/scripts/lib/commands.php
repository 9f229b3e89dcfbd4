<?php

function upper(string $prefix = ''): int
{
    $lines = 0;
    while (($line = fgets(STDIN)) !== false) {
        echo $prefix, strtoupper($line);
        $lines++;
    }
    fprintf(STDERR, "%d lines\n", $lines);
    return 0;
}

function fail(string $code): int
{
    file_put_contents('php://stderr', "failing with $code\n");
    return (int) $code;
}

function hashInput(): int
{
    $hash = hash_init('sha256');
    $bytes = hash_update_stream($hash, fopen('php://stdin', 'r'));
    printf("%d %s\n", $bytes, hash_final($hash));
    return 0;
}
