<?php

// An HTTP worker that asks in its boot: NAME in its environment, for TIMEOUT seconds.
require __DIR__ . '/attempt.php';
$timeout = getenv('TIMEOUT');
$boot = attempt(getenv('NAME'), $timeout === false ? null : (float) $timeout);
while (frankenphp_handle_request(static function () use ($boot): void {
    echo json_encode($boot, JSON_THROW_ON_ERROR);
})) {
}
