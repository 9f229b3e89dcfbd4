<?php

$stream = frankenphp_get_worker_handle();
for ($turn = 0; ; ++$turn) {
    frankenphp_set_vars(['turn' => $turn]);
    $read = [$stream];
    $write = $except = [];
    if (stream_select($read, $write, $except, 0, 1000) && fgets($stream) === false) {
        break;
    }
}
