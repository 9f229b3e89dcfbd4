<?php

// An HTTP worker that counts visits in whichever Redis is the master. It asks no sentinel: the address is in memory.

require_once __DIR__ . '/../src/Redis.php';

frankenphp_ensure_background_worker('sentinel-watcher');
$redis = null; // kept from request to request

$count = static function () use (&$redis): array {
    for ($attempt = 1;; ++$attempt) {
        ['master' => $master, 'error' => $error] = frankenphp_get_vars('sentinel-watcher'); // no copy, no waiting
        try {
            if ($master === null) {
                throw new RuntimeException($error ?? 'no master is known yet');
            }
            if ($redis?->address !== $master) {
                $redis = new Redis($master);
            }
            return ['visits' => $redis->command('INCR', 'visits'), 'master' => $master, 'attempts' => $attempt];
        } catch (RuntimeException $exception) {
            $redis = null; // the master is gone, or is one no longer: its successor may be known already
            if ($attempt === 2) {
                throw $exception;
            }
        }
    }
};

while (frankenphp_handle_request(static function () use ($count): void {
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    try {
        $answer = $count();
    } catch (RuntimeException $exception) {
        http_response_code(503);
        header('Retry-After: 1');
        $answer = ['problem' => $exception->getMessage()];
    }
    echo json_encode($answer + ['watcher' => frankenphp_get_vars('sentinel-watcher')], JSON_UNESCAPED_SLASHES), "\n";
})) {
}
