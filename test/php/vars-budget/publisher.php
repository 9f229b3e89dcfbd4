<?php

require __DIR__ . '/../remote/remote.php';
require __DIR__ . '/body.php';

/** Publishes versions `$from` to `$to`: each holds its number, and a body of `$bytes` that tells it. */
serve_remote(getenv('REMOTE'), [
    'publish' => static function (int $from, int $to, int $bytes): void {
        for ($version = $from; $version <= $to; ++$version) {
            frankenphp_set_vars(['version' => $version, 'list' => [$version, [$version]], 'body' => body($version, $bytes)]);
        }
    },
]);
