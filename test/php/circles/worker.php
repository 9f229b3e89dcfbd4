<?php

/** Waits for the workers in `WAITS_FOR` as `HOW` says, then publishes what it got and waits to be stopped. */
$names = json_decode(getenv('WAITS_FOR'), true);
if ($names !== []) {
    match (getenv('HOW')) {
        'ensure' => frankenphp_ensure_background_worker($names, 20.0),
        'vars' => frankenphp_get_vars($names, 20.0),
    };
}
frankenphp_set_vars(['waited for' => $names]);
while (fgets(frankenphp_get_worker_handle()) !== false) {
}
