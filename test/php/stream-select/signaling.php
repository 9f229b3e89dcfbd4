<?php

// The first iteration's loop.
$stream = frankenphp_worker_get_signaling_stream();
frankenphp_set_vars(['same' => $stream === frankenphp_worker_get_signaling_stream()]);
$read = [$stream];
$write = $except = null;
stream_select($read, $write, $except, null);
error_log('signals ' . json_encode([fgets($stream), fgets($stream), feof($stream)]));
