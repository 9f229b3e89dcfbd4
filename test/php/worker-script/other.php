<?php

frankenphp_set_vars(['published' => ['by' => 'other']]);
fgets(frankenphp_get_worker_handle());
