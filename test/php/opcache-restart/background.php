<?php
require __DIR__ . '/answer.php';
$handle = frankenphp_get_worker_handle();
do {
    frankenphp_set_vars(['answer' => answer([1, 2, 3], $_SERVER['argv'][2])]);
    [$readable, $writable, $except] = [[$handle], [], []];
} while (stream_select($readable, $writable, $except, 0, 20_000) === 0);
