<?php

// Tells which rows this PHP has the extensions for.
require __DIR__ . '/rows.php';

$missing = array_filter(NEEDS, static fn (string $extension): bool => !extension_loaded($extension));
frankenphp_set_vars(['rows' => array_values(array_diff(array_keys(rows()), array_keys($missing)))]);
fgets(frankenphp_get_worker_handle());
