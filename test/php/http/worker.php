<?php

require_once __DIR__ . '/respond.php';
while (frankenphp_handle_request(static fn () => respond('worker'))) {
    gc_collect_cycles();
}
