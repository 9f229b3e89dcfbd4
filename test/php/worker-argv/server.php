<?php

frankenphp_set_vars(['argv' => $_SERVER['argv'], 'argc' => $_SERVER['argc']]);
fgets(frankenphp_get_worker_handle());
