<?php

// The background worker: publishes the address of the master, and again at each failover, as soon as a sentinel says so.
// One connection for the whole process, however many threads need the address. Under FrankenPHP as it is.

require_once __DIR__ . '/../src/SentinelWatcher.php';

$stop = frankenphp_get_worker_handle(); // a stream that reaches its end when this worker is to stop
$watcher = new SentinelWatcher(explode(',', getenv('SENTINELS')), getenv('REDIS_GROUP'));

while (true) {
    if ($watcher->stream() === null) {
        $watcher->connect();
    }
    frankenphp_set_vars($watcher->state());

    // Sleeps until there is something to do: no polling.
    $read = array_filter([$stop, $watcher->stream()]);
    $write = $except = null;
    $pause = $watcher->pause();
    $ready = @stream_select($read, $write, $except, $pause === null ? null : 0, $pause);
    if ($ready === false || (in_array($stop, $read, true) && fgets($stop) === false)) {
        break;
    }
    if ($watcher->stream() !== null && in_array($watcher->stream(), $read, true)) {
        $watcher->listen();
    }
}
