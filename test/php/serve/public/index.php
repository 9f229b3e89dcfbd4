<?php

/** Says who it is; ?file=… waits until that file is there. */
$worker = $_SERVER['FRANKENPHP_WORKER_NAME'] ?? null;
$handler = static function () use ($worker): void {
    if (isset($_GET['file'])) {
        echo 'waiting ';
        flush();
        while (!file_exists($_GET['file'])) {
            clearstatcache();
            usleep(1000);
        }
    }
    $watcher = 'none';
    try {
        $watcher = frankenphp_get_vars('watcher', 10.0)['name'];
    } catch (RuntimeException) {
    }
    echo json_encode([
        'worker' => $worker,
        'watcher' => $watcher,
        'protocol' => $_SERVER['SERVER_PROTOCOL'],
        'https' => $_SERVER['HTTPS'],
        'limit' => ini_get('memory_limit'),
        'env' => getenv('FROM_CONFIG'),
    ]);
};

if (isset($_SERVER['FRANKENPHP_WORKER'])) {
    while (frankenphp_handle_request($handler)) {
        gc_collect_cycles();
    }
} else {
    $handler();
}
