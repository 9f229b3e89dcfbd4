<?php

// Does tasks, and dies of some.
$handle = frankenphp_get_worker_handle();
while (fgets($handle) !== false) {
    while ([$stream, $payload] = frankenphp_worker_task_receive()) {
        try {
            for ($i = 0; $i < $payload['updates']; $i++) {
                frankenphp_worker_task_update($stream, ['i' => $payload['i'], 'update' => $i]);
            }
        } catch (RuntimeException) { // the sender has left, or this worker must
            $stream = null;
            continue;
        }
        switch ($payload['how'] ?? '') {
            case 'exit':
                exit(0);
            case 'crash':
                exit(1);
            case 'fatal':
                throw new LogicException('it does not work');
            case 'drop':
                $stream = null;
                continue 2;
        }
        fclose($stream);
    }
}
