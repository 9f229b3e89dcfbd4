<?php

frankenphp_set_vars(['setting' => 'on', 'list' => range(1, 100)]);
fgets(frankenphp_get_worker_handle());
