<?php
// What the same file says under HTTP and under run(): opcache folds these into its cached code.
return [
    'sapi' => PHP_SAPI,
    'exists' => function_exists('frankenphp_handle_request'),
    'inClass' => Probe::SAPI,
    'default' => probe(),
];

final class Probe
{
    const SAPI = PHP_SAPI;
}

function probe(string $sapi = PHP_SAPI, bool $exists = PHP_SAPI === 'cli'): string
{
    static $calls = 0;
    $calls++;
    return "$sapi " . json_encode($exists) . " $calls";
}
