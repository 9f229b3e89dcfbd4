<?php

// A background worker that lives for a moment and ends in one of the ways there are. Nobody else may run its name
// meanwhile: each holds the lock on a file of that name, and says so when somebody has it already.
$name = $_SERVER['FRANKENPHP_WORKER_NAME'];
$lock = fopen(getenv('LOCKS') . "/$name", 'c');
if (!flock($lock, LOCK_EX | LOCK_NB)) {
    error_log("VIOLATION: $name runs twice");
}
$fate = random_int(1, 100);
if ($fate <= 5) {
    throw new RuntimeException('random: before it is ready');
}
frankenphp_set_vars(['name' => $name, 'fate' => $fate]);
$read = [frankenphp_get_worker_handle()];
$write = $except = null;
if (stream_select($read, $write, $except, 0, random_int(0, 100_000)) > 0) {
    exit(0);  // it must stop
}
match (true) {
    $fate <= 75 => throw new RuntimeException('random: at some time'),
    $fate <= 85 => exit(1),
    $fate <= 90 => str_repeat('x', 1 << 40),  // out of memory
    default => exit(0),
};
