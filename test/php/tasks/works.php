<?php

// A background worker that does what the payload says, one task at a time.
require_once __DIR__ . '/Suit.php';

function work($stream, array $payload): void
{
    switch ($payload['do']) {
        case 'echo':
            frankenphp_worker_task_update($stream, ['payload' => $payload]);
            break;
        case 'count':
            for ($i = 0; $i < $payload['to']; $i++) {
                frankenphp_worker_task_update($stream, ['i' => $i]);
            }
            break;
        case 'exit':
            frankenphp_worker_task_update($stream, ['before' => true]);
            exit($payload['status']);
        case 'throw':
            throw new RuntimeException('it does not work');
        case 'fatal':
            call_user_func('no_such_function');
            break;
        case 'memory':
            ini_set('memory_limit', '8M');
            str_repeat('x', 1 << 30);
            break;
        case 'finally':
            try {
                throw new RuntimeException('it does not work');
            } finally {
                fclose($stream);
            }
        case 'caught':
            try {
                throw new RuntimeException('it does not work');
            } catch (RuntimeException) {
                return; // the stream goes, nobody has closed it
            }
        case 'until left':
            frankenphp_worker_task_update($stream, ['working' => true]);
            $r = [$stream];
            $w = $e = [];
            stream_select($r, $w, $e, null);
            $message = null;
            try {
                frankenphp_worker_task_update($stream, ['too' => 'late']);
            } catch (RuntimeException $error) {
                $message = $error->getMessage();
            }
            frankenphp_set_vars(['left' => [feof($stream), fread($stream, 1), $message]]);
            break;
        case 'until stopped':
            frankenphp_worker_task_update($stream, ['working' => true]);
            $handle = frankenphp_get_worker_handle();
            while (fgets($handle) !== false) {
            }
            exit;
        case 'fill':
            $updates = 0;
            try {
                for (;;) {
                    frankenphp_worker_task_update($stream, ['i' => $updates++]);
                    frankenphp_set_vars(['updates' => $updates]);
                }
            } catch (RuntimeException $error) {
                frankenphp_set_vars(['updates' => $updates - 1, 'message' => $error->getMessage()]);
            }
            break;
        case 'pid':
            frankenphp_worker_task_update($stream, ['instance' => $GLOBALS['instance']]);
            $r = [$stream];
            $w = $e = [];
            stream_select($r, $w, $e, null); // until the sender leaves
            break;
        case 'send':
            $sent = frankenphp_worker_task_send($payload['to'], $payload['payload'], $payload['timeout'] ?? 30.0);
            while (($update = frankenphp_worker_task_read($sent)) !== null) {
                frankenphp_worker_task_update($stream, $update);
            }
            break;
        case 'errors':
            frankenphp_worker_task_update($stream, errors($stream));
            break;
        default:
            throw new LogicException($payload['do']);
    }
    fclose($stream);
}

function errors($stream): array
{
    $errors = [];
    $try = function (string $name, callable $call) use (&$errors): void {
        try {
            $call();
            $errors[$name] = 'none';
        } catch (Throwable $error) {
            $errors[$name] = $error::class . ': ' . $error->getMessage();
        }
    };
    $try('wrong stream', fn () => frankenphp_worker_task_update(fopen('php://memory', 'r'), []));
    $try('sender', fn () => frankenphp_worker_task_read($stream));
    $try('value', fn () => frankenphp_worker_task_update($stream, ['a' => ['b' => new stdClass()]]));
    $closed = fopen('php://memory', 'r');
    fclose($closed);
    $try('closed', fn () => frankenphp_worker_task_update($closed, []));
    return $errors;
}

if (($_SERVER['CRASH'] ?? '') === 'before') {
    fgets(frankenphp_get_worker_handle());
    exit(3);
}
if (($_SERVER['CRASH'] ?? '') === 'boot') {
    exit(3);
}
$instance = bin2hex(random_bytes(4));
$handle = frankenphp_get_worker_handle();
while (($line = fgets($handle)) !== false) {
    while ($task = frankenphp_worker_task_receive()) {
        [$stream, $payload] = $task;
        unset($task);
        work($stream, $payload);
        unset($stream);
    }
}
