<?php

// The background worker: makes thumbnails, one task at a time; the pool has several instances, so several at once. It
// runs under FrankenPHP as it is. A task is {source, target, size}; its updates say how far it is, the last one what
// came of it.

require_once __DIR__ . '/../src/' . (extension_loaded('gd') ? 'Gd' : 'Ppm') . 'Scaler.php';

$handle = frankenphp_get_worker_handle(); // gives a line when tasks wait, and ends when this worker is to stop
$scaler = extension_loaded('gd') ? new GdScaler() : new PpmScaler();

while (true) {
    while ($received = frankenphp_worker_task_receive()) {
        [$task, $job] = $received;
        try {
            $report = $scaler->scale(
                $job['source'],
                $job['target'],
                $job['size'],
                fn (int $percent) => frankenphp_worker_task_update($task, ['percent' => $percent]),
            );
            frankenphp_worker_task_update($task, ['percent' => 100] + $report);
        } catch (UnexpectedValueException $exception) { // not an image: an answer as good as any
            frankenphp_worker_task_update($task, ['error' => $exception->getMessage()]);
        } catch (RuntimeException) { // the sender has left, and nobody wants the rest
        }
        fclose($task); // which is what tells the sender that it is done
    }
    $read = [$handle];
    $write = $except = null;
    if (@stream_select($read, $write, $except, null) === false || fgets($handle) === false) {
        break;
    }
}
