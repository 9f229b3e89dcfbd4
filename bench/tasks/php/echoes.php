<?php

// Gives every payload back.
$handle = frankenphp_get_worker_handle();
while (fgets($handle) !== false) {
    while ([$task, $payload] = frankenphp_worker_task_receive()) {
        frankenphp_worker_task_update($task, $payload);
        fclose($task);
        unset($task, $payload);
    }
}
