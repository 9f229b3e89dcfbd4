<?php

// The background worker: looks after the configuration and publishes it whenever it changes. It runs under FrankenPHP
// as it is. The environment says what to watch: REDIS_URL, else CONFIG_FILE.

require_once __DIR__ . '/../src/ConfigStore.php';

const POLL_MICROSECONDS = 200_000;

$stop = frankenphp_get_worker_handle(); // a stream that reaches its end when this worker is to stop
$store = ConfigStore::fromEnvironment();
$vars = ['config' => ConfigStore::DEFAULTS, 'source' => $store->name(), 'error' => null];

while (true) {
    try {
        $vars['config'] = $store->load();
        $vars['error'] = null;
    } catch (RuntimeException $exception) {
        // A typing error in the file, Redis away: readers keep the last values, and learn why they do not change.
        if ($vars['error'] !== $exception->getMessage()) {
            error_log('config-watcher: ' . $exception->getMessage());
        }
        $vars['error'] = $exception->getMessage();
    }

    // Readers see the old values or the new ones, never a mix. Publishing what is published already changes nothing.
    frankenphp_set_vars($vars);

    // The nap between two looks, cut short when it is time to stop.
    $read = [$stop];
    $write = $except = null;
    $ready = @stream_select($read, $write, $except, 0, POLL_MICROSECONDS);
    if ($ready === false || ($ready > 0 && fgets($stop) === false)) {
        break;
    }
}
