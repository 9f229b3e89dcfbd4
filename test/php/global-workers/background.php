<?php

// A background worker that tells its name and its run.
frankenphp_set_vars(['name' => $_SERVER['FRANKENPHP_WORKER_NAME'], 'run' => bin2hex(random_bytes(8))]);
while (fgets(frankenphp_get_worker_handle()) !== false) {
}
