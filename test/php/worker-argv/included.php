<?php

$before = $argv;
require __DIR__ . '/server-name.php';
frankenphp_set_vars(['argv' => $before, 'argc' => $before === $argv ? $argc : null, 'name' => server_name()]);
fgets(frankenphp_get_worker_handle());
