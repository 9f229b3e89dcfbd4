<?php

frankenphp_set_vars(['name' => $_SERVER['FRANKENPHP_WORKER_NAME']]);
while (fgets(frankenphp_get_worker_handle()) !== false) {
}
