<?php

require __DIR__ . '/../remote/remote.php';
serve_remote(getenv('REMOTE'), [
    'publish' => static fn () => frankenphp_set_vars(require __DIR__ . '/literals.php'),
    'read' => static fn () => frankenphp_get_vars('told') === require __DIR__ . '/literals.php',
    'reset' => opcache_reset(...),
]);
