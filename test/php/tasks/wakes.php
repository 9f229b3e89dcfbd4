<?php

// Counts the wake-ups of its handle and what they were worth; as `SIGNALS` says, on the signaling stream.
$signals = ($_SERVER['SIGNALS'] ?? '') !== '';
usleep((int) ($_SERVER['LATE'] ?? 0) * 1000);
$handle = $signals ? frankenphp_worker_get_signaling_stream() : frankenphp_get_worker_handle();
$lines = [];
$received = 0;
$one = ($_SERVER['ONE'] ?? '') !== '';
frankenphp_set_vars(['lines' => [], 'received' => 0]);
while (($line = fgets($handle)) !== false) {
    $lines[] = $line;
    while ($task = frankenphp_worker_task_receive()) {
        $received++;
        fclose($task[0]);
        if ($one) {
            break;
        }
    }
    frankenphp_set_vars(['lines' => $lines, 'received' => $received]);
}
