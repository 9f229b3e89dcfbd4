<?php

// A background worker that asks for another: NAME in its environment, for TIMEOUT seconds.
require __DIR__ . '/attempt.php';
$timeout = getenv('TIMEOUT');
frankenphp_set_vars(attempt(getenv('NAME'), $timeout === false ? null : (float) $timeout));
fgets(frankenphp_get_worker_handle());
