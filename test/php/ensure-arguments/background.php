<?php

require __DIR__ . '/arguments.php';
frankenphp_set_vars(['wrong' => try_wrong_arguments(), 'right' => try_right_arguments()]);
fgets(frankenphp_get_worker_handle());
