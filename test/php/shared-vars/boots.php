<?php

// An HTTP worker whose boot needs background workers: BOOTS names them.
require __DIR__ . '/read.php';
$boot = attempt(static fn () => frankenphp_ensure_background_worker(explode(' ', getenv('BOOTS')), 10.0));
while (frankenphp_handle_request(static function () use ($boot): void {
    echo json_encode($boot);
})) {
}
