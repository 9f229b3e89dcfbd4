<?php

require_once __DIR__ . '/handle.php';
echo 'printed at boot';
$boot = [$_SERVER['FRANKENPHP_WORKER'] ?? null, $_SERVER['REQUEST_METHOD'] ?? null, $_GET];
while (frankenphp_handle_request(handle(...))) {
    echo 'printed between requests';
    gc_collect_cycles();
}
