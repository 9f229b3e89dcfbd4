<?php

function handle(): void
{
    header('Content-Type: application/json');
    echo json_encode([
        'server' => array_map(static fn ($value) => is_string($value) ? base64_encode($value) : $value, $_SERVER),
        'proxy' => [getenv('HTTP_PROXY'), $_SERVER['HTTP_PROXY'] ?? null, $_ENV['HTTP_PROXY'] ?? null],
        'get' => array_map(base64_encode(...), array_filter($_GET, is_string(...))),
        'cookie' => array_map(base64_encode(...), array_filter($_COOKIE, is_string(...))),
    ]);
}
