<?php

// Ends by itself when its handle does, with everything that belongs to an end.
$destroyed = new class {
    public function __destruct()
    {
        error_log('destructor of drained');
    }
};
register_shutdown_function(static fn () => error_log('shutdown of drained'));
frankenphp_set_vars(['drained' => true]);
try {
    fgets(frankenphp_get_worker_handle());
    error_log('end of drained');
} finally {
    error_log('finally of drained');
}
