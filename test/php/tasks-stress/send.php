<?php

// Sends `count` tasks, up to 20 at a time, and says how each ended: nothing else may happen to one.
function answer(): void
{
    $ends = ['done' => 0, 'aborted' => 0, 'cancelled' => 0, 'timeout' => 0, 'stopped' => 0, 'wrong' => []];
    $open = [];
    for ($i = 0; $i < (int) $_GET['count']; $i++) {
        $dice = mt_rand(1, 1000);
        $payload = ['i' => $i, 'updates' => $dice % 20 === 0 ? mt_rand(1, 40) : 0];
        if ($dice % 50 === 0) {
            $payload['text'] = str_repeat('x', mt_rand(1, 20_000));
        }
        if ($dice === 1 && mt_rand(1, (int) $_GET['calm']) === 1) {
            $payload['how'] = ['exit', 'crash', 'fatal', 'drop'][mt_rand(0, 3)];
        }
        try {
            $stream = frankenphp_worker_task_send('works', $payload, $dice <= 20 ? 0.0 : 30.0);
        } catch (RuntimeException $error) {
            count_end($ends, $error->getMessage());
            continue;
        }
        if ($dice > 950) {
            fclose($stream);
            $ends['cancelled']++;
        } else {
            $open[] = [$stream, $i, $payload, $dice];
        }
        // More than 16 updates wait for us to read: we must not wait for a place in the queue behind them meanwhile.
        if (count($open) >= 20 || $payload['updates'] > 16) {
            read_all($open, $ends);
        }
    }
    read_all($open, $ends);
    echo json_encode($ends);
}

function count_end(array &$ends, string $message): void
{
    foreach (['without completing' => 'aborted', 'timeout waiting' => 'timeout', 'stop' => 'stopped', 'closed' => 'stopped'] as $part => $end) {
        if (str_contains($message, $part)) {
            $ends[$end]++;
            return;
        }
    }
    $ends['wrong'][] = $message;
}

function read_all(array &$open, array &$ends): void
{
    foreach ($open as [$stream, $i, $payload, $dice]) {
        try {
            if ($dice % 10 === 0) {
                $r = [$stream];
                $w = $e = [];
                stream_select($r, $w, $e, null);
            }
            $updates = 0;
            while (($update = frankenphp_worker_task_read($stream)) !== null) {
                if ($update !== ['i' => $i, 'update' => $updates++]) {
                    $ends['wrong'][] = 'update ' . json_encode($update);
                }
                if ($dice > 900) {
                    continue 2; // leaves in the middle, with the stream
                }
            }
            if ($updates !== $payload['updates']) {
                $ends['wrong'][] = "$updates updates";
            }
            $ends['done']++;
        } catch (RuntimeException $error) {
            count_end($ends, $error->getMessage());
            continue;
        } finally {
            if ($dice > 900 && isset($update)) {
                $ends['cancelled']++;
            }
            unset($update);
        }
    }
    $open = [];
}
