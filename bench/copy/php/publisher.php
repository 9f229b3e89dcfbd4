<?php

// The background worker of one payload: publishes, when it is told to (host.mjs), by the way of any peer.

require __DIR__ . '/measured.php';

const SECOND = 1_000_000_000;

/** Publishes `$values`, which are made in advance, by the way of `$peer`; nanoseconds for all. */
function publish_all(string $peer, array $values): int
{
    return ("publish_{$peer}_" . $_SERVER['FRANKENPHP_WORKER_NAME'])($values);
}

/** A payload of this worker; every call gives another, which shares nothing with those before. */
function fresh(): array
{
    static $turn = 0;
    static $texts = [];
    $turn = 1 - $turn;
    $texts[$turn] ??= file_get_contents(__DIR__ . "/{$_SERVER['FRANKENPHP_WORKER_NAME']}-$turn.json");
    return json_decode($texts[$turn], true, 512, JSON_THROW_ON_ERROR);
}

function fresh_values(int $count): array
{
    $values = [];
    for ($i = 0; $i < $count; ++$i) {
        $values[] = fresh();
    }
    return $values;
}

/** p2 with another value of one leaf at each call, all decoded anew. */
function decoded_leaf(): array
{
    static $number = 0, $text;
    $text ??= file_get_contents(__DIR__ . '/p2-leaf.json');
    return json_decode(sprintf($text, ++$number), true, 512, JSON_THROW_ON_ERROR);
}

/** The same by changing what was read. */
function changed_leaf(int $number): array
{
    $vars = frankenphp_get_vars('p2', 0.0);
    $vars['g3']['s4']['f5'] = -$number;
    return $vars;
}

$commands = [
    'fresh' => static fn (string $peer, int $count): int => publish_all($peer, fresh_values($count)),
    'identical' => static function (string $peer, int $count): int {
        $value = fresh();
        publish_all($peer, [$value]);
        $text = json_encode($value);
        $values = [];
        for ($i = 0; $i < $count; ++$i) {
            $values[] = json_decode($text, true);
        }
        return publish_all($peer, $values);
    },
    'decoded leaf' => static function (string $peer, int $count): int {
        publish_all($peer, [decoded_leaf()]);
        $values = [];
        for ($i = 0; $i < $count; ++$i) {
            $values[] = decoded_leaf();
        }
        return publish_all($peer, $values);
    },
    // Each is read from what was published before it, so each is timed by itself.
    'changed leaf' => static function (string $peer, int $count): int {
        static $number = 0;
        publish_all($peer, [decoded_leaf()]);
        $total = 0;
        for ($i = 0; $i < $count; ++$i) {
            $total += publish_all($peer, [changed_leaf(++$number)]);
        }
        return $total;
    },
    // Publishes when the reader has read the one before (turns_… in measured.php).
    'turns' => static function (string $peer, int $from, int $count): void {
        for ($turn = $from; $turn < $from + $count; ++$turn) {
            $values = [fresh()];
            publish_all($peer, $values);
            bench_gate_open(0, $turn);
            bench_gate_await(1, $turn);
        }
    },
    // So many publishes a second; how many it were in all.
    'pace' => static function (string $peer, int $nanoseconds, int $perSecond): int {
        $values = fresh_values(2);
        $start = $next = hrtime(true);
        for ($done = 0; $next < $start + $nanoseconds; ++$done) {
            publish_all($peer, [$values[$done % 2]]);
            $next += intdiv(SECOND, $perSecond);
            $wait = intdiv($next - hrtime(true), 1000);
            if ($wait > 0) {
                usleep($wait);
            }
        }
        return $done;
    },
    'lines' => static fn () => bench_lines_write(),
    'megabytes' => static function (int $from, int $count): void {
        for ($number = $from; $number < $from + $count; ++$number) {
            frankenphp_set_vars(['number' => $number, 'text' => str_repeat(chr(65 + $number % 26), 1 << 20)]);
        }
    },
    'remove' => static function (string $peer): void {
        ("remove_{$peer}_" . $_SERVER['FRANKENPHP_WORKER_NAME'])();
    },
];

frankenphp_set_vars(fresh());
$handle = frankenphp_get_worker_handle();
$socket = stream_socket_client('unix://' . getenv('BENCH_CONTROL')) ?: throw new RuntimeException('no bench listens');
fwrite($socket, $_SERVER['FRANKENPHP_WORKER_NAME'] . "\n");
while (true) {
    $read = [$handle, $socket];
    $write = $except = null;
    stream_select($read, $write, $except, null);
    if (in_array($handle, $read, true) && fgets($handle) === false) {
        break;
    }
    if (!in_array($socket, $read, true)) {
        continue;
    }
    $line = fgets($socket);
    if ($line === false) {
        break;
    }
    [$command, $arguments] = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    $answer = $commands[$command](...$arguments);
    gc_collect_cycles();
    fwrite($socket, json_encode($answer) . "\n");
}
