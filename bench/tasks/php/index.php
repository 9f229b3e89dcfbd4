<?php

// Measures in a classic request: prints nanoseconds for one task.
$count = (int) $_GET['count'];
$payload = $_GET['payload'] === 'int' ? [1] : json_decode(file_get_contents(__DIR__ . "/$_GET[payload].json"), true);

function trips(int $count, array $payload): void
{
    for ($i = 0; $i < $count; $i++) {
        frankenphp_worker_task_read(frankenphp_worker_task_send('works', $payload));
    }
}

// A thousand under way: sent all, then read all.
function pipeline(int $count, array $payload): void
{
    for ($sent = 0; $sent < $count; $sent += 1000) {
        $streams = [];
        for ($i = 0; $i < 1000; $i++) {
            $streams[] = frankenphp_worker_task_send('works', $payload);
        }
        foreach ($streams as $stream) {
            frankenphp_worker_task_read($stream);
        }
    }
}

$measured = $_GET['do'] === 'trips' ? trips(...) : pipeline(...);
$measured(min($count, 1000), $payload);
$time = hrtime(true);
$measured($count, $payload);
echo (hrtime(true) - $time) / $count;
