<?php

// Names no superglobal: none is made for its sake, but its arguments are there all the same.
frankenphp_set_vars(['argv' => $argv, 'argc' => $argc]);
fgets(frankenphp_get_worker_handle());
