<?php

// A background worker that needs another: ASKS names it.
require __DIR__ . '/read.php';
frankenphp_set_vars(attempt(static fn () => frankenphp_get_vars(getenv('ASKS'))));
fgets(frankenphp_get_worker_handle());
