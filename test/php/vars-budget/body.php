<?php

function body(int $version, int $bytes): string
{
    $text = sprintf('%08d', $version);
    return str_repeat($text, intdiv($bytes, strlen($text)));
}
