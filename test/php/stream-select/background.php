<?php

// Waits for its end as the documentation shows it, with a socket of its own beside the handle, and tells the number of
// the process's highest descriptor.
$handle = frankenphp_get_worker_handle();
$own = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
frankenphp_set_vars(['highest' => max(array_map('intval', scandir('/proc/self/fd')))]);
do {
    $read = [$own[0], $handle];
    $write = $except = null;
    $ready = stream_select($read, $write, $except, 60);
} while ($ready === 0 || ($ready === 1 && fgets($handle) !== false));
error_log('ends with ' . json_encode([$ready, feof($handle)]));
