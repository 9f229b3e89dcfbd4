<?php

// Waits for its end as the documentation shows it, and tells the number of the handle's descriptor.
$handle = frankenphp_get_worker_handle();
frankenphp_set_vars(['highest' => max(array_map('intval', scandir('/proc/self/fd')))]);
do {
    $read = [$handle];
    $write = $except = null;
    $ready = stream_select($read, $write, $except, 60);
} while ($ready === 0 || ($ready === 1 && fgets($handle) !== false));
error_log('ends with ' . json_encode([$ready, feof($handle)]));
