<?php
// Is ready, and never looks at its handle again.
frankenphp_get_worker_handle();
frankenphp_set_vars(['here' => true]);
while (true) {
    usleep(1000);
}
