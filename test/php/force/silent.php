<?php

// Never publishes.
$handle = frankenphp_get_worker_handle();
fgets($handle);
