<?php

// Publishes what it is told by its arguments: `values`, `counter`, `late`, `crash`, `fails`.
enum Suit: string
{
    case Hearts = 'H';
    case Spades = 'S';
}

$stream = frankenphp_get_worker_handle();
$wait = static function (int $microseconds) use ($stream): bool {
    $read = [$stream];
    $write = $except = [];
    return !(stream_select($read, $write, $except, 0, $microseconds) && fgets($stream) === false);
};

switch ($argv[2] ?? 'counter') {
    case 'values':
        frankenphp_set_vars([
            'null' => null, 'true' => true, 'int' => -7, 'big' => PHP_INT_MAX, 'float' => 1.5, 'nan' => NAN,
            'text' => "häß 🙂", 'empty' => '', 'bytes' => "\xff\x00", 'list' => [1, [2, []]], 'map' => [3 => 'c', 'k' => 'v'],
            'nested' => ['a' => ['__proto__' => 1]], 'suit' => Suit::Hearts,
        ]);
        while ($wait(1_000_000)) {
        }
        break;
    case 'counter':
        for ($count = 1; $wait(5_000); ++$count) {
            frankenphp_set_vars(['count' => $count, 'fixed' => ['a', 'b']]);
        }
        break;
    case 'once':
        frankenphp_set_vars(['name' => $_SERVER['FRANKENPHP_WORKER_NAME'], 'argv' => $argv]);
        while ($wait(1_000_000)) {
        }
        break;
    case 'silent':
        while ($wait(1_000_000)) {
        }
        break;
    case 'fails':
        throw new LogicException('no settings');
}
