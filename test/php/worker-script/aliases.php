<?php

// The first iteration's loop, by its names; OTHER publishes, too.
require __DIR__ . '/functions.php';
frankenphp_sidekick_set_vars(functions() + [
    'stop' => frankenphp_sidekick_should_stop(),
    'other' => frankenphp_sidekick_get_vars('other', 10.0),
    'same' => frankenphp_sidekick_get_vars('other') === frankenphp_get_vars('other'),
    'several' => array_keys(frankenphp_sidekick_get_vars(['other'])),
]);
while (!frankenphp_sidekick_should_stop()) {
    usleep(1_000);
}
error_log('aliases: should stop ' . json_encode([frankenphp_sidekick_should_stop(), fgets(frankenphp_get_worker_handle())]));
