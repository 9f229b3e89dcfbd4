<?php

// A request that does not end: ?row= names what it is in (rows.php), or it fills a client that does not read.
require __DIR__ . '/rows.php';

function handle(): void
{
    $row = $_GET['row'] ?? 'none';
    register_shutdown_function(static fn () => error_log("shutdown of $row"));
    try {
        match ($row) {
            'none' => print('served'),
            'flood' => flood(),
            'deaf' => hash_pbkdf2('sha256', 'password', 'salt', 20_000_000), // which no interrupt reaches
            default => rows()[$row](),
        };
    } finally {
        error_log("finally of $row");
    }
}

function flood(): never
{
    while (true) {
        echo str_repeat('x', 65536);
    }
}
