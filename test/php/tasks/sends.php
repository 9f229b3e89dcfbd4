<?php

// Sends tasks, in a request: what `do` says.
require_once __DIR__ . '/Suit.php';

function updates($stream): array
{
    $updates = [];
    try {
        while (($update = frankenphp_worker_task_read($stream)) !== null) {
            $updates[] = $update;
        }
        $updates[] = null;
    } catch (Throwable $error) {
        $updates[] = $error::class . ': ' . $error->getMessage();
    }
    return $updates;
}

function select($stream, ?int $seconds = null): int
{
    $r = [$stream];
    $w = $e = [];
    return stream_select($r, $w, $e, $seconds);
}

function attempt(callable $call): mixed
{
    try {
        return $call();
    } catch (Throwable $error) {
        return $error::class . ': ' . $error->getMessage();
    }
}

function send(string $name, array $payload, float $timeout = 30.0)
{
    return frankenphp_worker_task_send($name, $payload, $timeout);
}

function values(): array
{
    $list = [1, 2, 3];
    unset($list[1]);
    return [
        'null' => null, 'true' => true, 'int' => PHP_INT_MIN, 'float' => -0.0, 'nan' => NAN, 'bytes' => "\0\xff",
        'empty' => [], 'list' => $list, 'nested' => ['a' => [['b' => 1.5]]], 7 => 'seven', 'suit' => Suit::Hearts,
        'suits' => [[Suit::Spades]],
    ];
}


function answer(): void
{
    $worker = $_GET['worker'] ?? 'works';
    $result = match ($_GET['do']) {
        'updates' => attempt(fn () => updates(send($worker, json_decode($_GET['payload'], true), (float) ($_GET['timeout'] ?? 30)))),
        'values' => (function () use ($worker) {
            $sent = ['do' => 'echo', 'values' => values()];
            [$got, $end] = updates(send($worker, $sent));
            $same = var_export($got['payload'], true) === var_export($sent, true);
            return [$same, $got['payload']['values']['suit'] === Suit::Hearts, $end];
        })(),
        'large' => (function () use ($worker) {
            $sent = ['do' => 'echo', 'text' => str_repeat('x', (int) $_GET['bytes']), 'suit' => Suit::Spades, 'list' => range(1, 100)];
            $good = [];
            for ($i = 0; $i < (int) ($_GET['times'] ?? 1); $i++) {
                $sent['i'] = $i;
                [$got, $end] = updates(send($worker, $sent));
                $got['payload']['list'][] = 'written to';
                $good[] = $got['payload']['list'][99] === 100 && $got['payload']['text'] === $sent['text']
                    && $got['payload']['i'] === $i && $got['payload']['suit'] === Suit::Spades && $end === null;
            }
            return array_unique($good);
        })(),
        'refused' => array_map(
            fn ($value) => attempt(fn () => send($worker, ['at' => [$value]])),
            ['object' => new stdClass(), 'closure' => fn () => 1, 'resource' => fopen('php://memory', 'r')],
        ),
        'arguments' => [
            attempt(fn () => send('', [])),
            attempt(fn () => send("a\0b", [])),
            attempt(fn () => send($worker, [], -1.0)),
            attempt(fn () => send($worker, [], NAN)),
            attempt(fn () => send('nobody', [])),
        ],
        'stream' => (function () use ($worker) {
            $stream = send($worker, ['do' => 'count', 'to' => 2]);
            $seen = [get_resource_type($stream), select($stream), frankenphp_worker_task_read($stream)['i']];
            array_push($seen, select($stream), frankenphp_worker_task_read($stream)['i']);
            array_push($seen, select($stream), feof($stream), frankenphp_worker_task_read($stream), frankenphp_worker_task_read($stream));
            return $seen;
        })(),
        'silence' => (function () use ($worker) {
            $stream = send($worker, ['do' => 'pid']);
            frankenphp_worker_task_read($stream);
            return [select($stream, 0), feof($stream), fread($stream, 1)];
        })(),
        'ends' => [
            attempt(fn () => frankenphp_worker_task_read(fopen('php://memory', 'r'))),
            attempt(function () use ($worker) {
                $stream = send($worker, ['do' => 'echo']);
                fclose($stream);
                frankenphp_worker_task_read($stream);
            }),
            attempt(fn () => frankenphp_worker_task_update(send($worker, ['do' => 'echo']), [])),
            attempt(fn () => frankenphp_worker_task_receive()),
            attempt(fn () => frankenphp_worker_task_read('no stream')),
        ],
        'leave' => (function () use ($worker) {
            $stream = send($worker, ['do' => 'until left']);
            $update = frankenphp_worker_task_read($stream);
            $_GET['how'] === 'fclose' ? fclose($stream) : $stream = null;
            return [$update, updates(send($worker, ['do' => 'count', 'to' => 1]))];
        })(),
        'hold' => (function () use ($worker) {
            static $held = [];
            $held[] = $stream = send($worker, json_decode($_GET['payload'], true));
            $update = frankenphp_worker_task_read($stream);
            if ($_GET['after'] === 'leave') {
                $held = [];
                unset($stream);
            } elseif ($_GET['after'] === 'wait') {
                return [$update, updates($stream)];
            }
            return [$update];
        })(),
        'crowd' => (function () use ($worker) {
            $streams = [];
            for ($i = 0; $i < (int) $_GET['places'] + 1; $i++) {
                $streams[] = attempt(fn () => send($worker, ['i' => $i], 0.05));
            }
            return array_map(fn ($stream) => is_resource($stream) ? 'accepted' : $stream, $streams);
        })(),
        'skipped' => (function () use ($worker) {
            $busy = send($worker, ['do' => 'pid']);
            frankenphp_worker_task_read($busy);
            for ($i = 0; $i < 5; $i++) {
                fclose(send($worker, ['do' => 'throw'])); // nobody receives these
            }
            $last = send($worker, ['do' => 'echo']);
            fclose($busy);
            return updates($last);
        })(),
        'parallel' => (function () use ($worker) {
            $one = send($worker, ['do' => 'pid']);
            $two = send($worker, ['do' => 'pid']);
            $instances = [frankenphp_worker_task_read($one)['instance'], frankenphp_worker_task_read($two)['instance']];
            return count(array_unique($instances));
        })(),
        'many' => (function () use ($worker) {
            $streams = [];
            for ($i = 0; $i < 200; $i++) {
                $streams[$i] = send($worker, ['do' => 'echo', 'i' => $i]);
                if ($i >= 10) {
                    $sum[] = updates($streams[$i - 10])[0]['payload']['i'] === $i - 10;
                    unset($streams[$i - 10]);
                }
            }
            return array_unique($sum);
        })(),
        'object' => (function () use ($worker) {
            $task = new FrankenPHP\SentTaskHandle($worker, json_decode($_GET['payload'], true));
            $updates = [];
            try {
                while (($update = $task->read()) !== null) {
                    $updates[] = $update;
                    if (isset($update['seen'])) {
                        $task->abandon();
                        $task->abandon();
                    }
                }
                $updates[] = null;
            } catch (Throwable $error) {
                $updates[] = $error::class . ': ' . $error->getMessage();
            }
            return $updates;
        })(),
        'objects' => [
            attempt(fn () => new FrankenPHP\WorkerHandle()),
            attempt(fn () => new FrankenPHP\SentTaskHandle('', [])),
            attempt(fn () => (new FrankenPHP\SentTaskHandle($worker, ['do' => 'end'], null))->__construct($worker, [])),
            get_resource_type((new FrankenPHP\SentTaskHandle($worker, ['do' => 'end']))->getStream()),
        ],
        'burst' => (function () use ($worker) {
            $streams = [];
            for ($i = 0; $i < (int) $_GET['count']; $i++) {
                $streams[] = send($worker, ['i' => $i]);
            }
            return array_sum(array_map(fn ($stream) => frankenphp_worker_task_read($stream) === null ? 1 : 0, $streams));
        })(),
        'descriptors' => (function () use ($worker) {
            $count = fn () => count(scandir('/proc/self/fd'));
            $before = $count();
            $streams = [];
            for ($i = 0; $i < 50; $i++) {
                $streams[] = send($worker, ['do' => 'x']);
            }
            $sent = $count() - $before;
            $r = $streams;
            $w = $e = [];
            stream_select($r, $w, $e, 0);
            $selected = $count() - $before;
            $r = null;
            $streams = [];
            return [$sent, $selected, $count() - $before];
        })(),
    };
    header('Content-Type: application/json');
    echo json_encode($result);
}
