<?php

// Ends every task at once.
$handle = frankenphp_get_worker_handle();
while (fgets($handle) !== false) {
    while ($task = frankenphp_worker_task_receive()) {
        fclose($task[0]);
        unset($task);
    }
}
