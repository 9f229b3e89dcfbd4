<?php

// A background worker that runs until it is told to stop.
frankenphp_set_vars(['of' => $_SERVER['FRANKENPHP_WORKER_NAME']]);
while (fgets(frankenphp_get_worker_handle()) !== false) {
}
