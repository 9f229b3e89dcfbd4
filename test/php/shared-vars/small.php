<?php

// Publishes one fixed value; PUBLISH in its environment is the name of a case of values.php.
require __DIR__ . '/values.php';
frankenphp_set_vars(getenv('PUBLISH') === 'megabytes' ? ['list' => range(1, 500_000), 'text' => str_repeat('x', 10_000_000)] : value_of(getenv('PUBLISH')));
fgets(frankenphp_get_worker_handle());
