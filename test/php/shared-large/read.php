<?php

function read(): void
{
    ['text' => $text, 'same' => $same, 'md5' => $md5, 'key' => $key] = frankenphp_get_vars('large');
    $pattern = array_key_first($key);
    echo json_encode([strlen($text), md5($text) === $md5, $text === $same, $text === str_repeat($pattern, intdiv(64 << 20, strlen($pattern))), memory_get_peak_usage() < 200 << 20]);
}
