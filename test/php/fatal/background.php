<?php

// Fails as its name says at its first run; then publishes how often it has run.
require_once __DIR__ . '/fail.php';
$runs = (int) @file_get_contents(getenv('COUNT')) + 1;
file_put_contents(getenv('COUNT'), $runs);
if ($runs === 1) {
    $_GET['how'] = getenv('HOW');
    fail();
    exit(9); // those that end in peace, too
}
frankenphp_set_vars(['runs' => $runs]);
fgets(frankenphp_get_worker_handle());
