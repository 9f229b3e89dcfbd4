<?php

require_once __DIR__ . '/included.php';

/** What this thread knows of opcache; `?do=…` asks for something else. */
function look(): void
{
    switch ($_GET['do'] ?? 'look') {
        case 'look':
            usleep(2_000); // so that no thread alone serves all
            $status = opcache_get_status(true);
            echo json_encode([
                'sapi' => PHP_SAPI,
                'loaded' => extension_loaded('Zend OPcache'),
                'enabled' => $status['opcache_enabled'],
                'hits' => $status['opcache_statistics']['hits'],
                'misses' => $status['opcache_statistics']['misses'],
                'included' => isset($status['scripts'][__DIR__ . '/included.php']),
                'cached' => opcache_is_script_cached(__DIR__ . '/included.php'),
                'value' => included(),
            ], JSON_THROW_ON_ERROR);
            break;
        case 'invalidate':
            echo json_encode(opcache_invalidate($_GET['file'], true));
            break;
        case 'include':
            echo json_encode(include $_GET['file']);
            break;
    }
}
