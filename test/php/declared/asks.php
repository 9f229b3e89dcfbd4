<?php

// A background worker that asks for those that ASKS names.
try {
    frankenphp_ensure_background_worker(explode(' ', getenv('ASKS')));
    frankenphp_set_vars(['result' => null]);
} catch (RuntimeException $error) {
    frankenphp_set_vars(['message' => $error->getMessage()]);
}
fgets(frankenphp_get_worker_handle());
