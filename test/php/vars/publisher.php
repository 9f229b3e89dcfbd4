<?php

// Publishes what it is told by its arguments: `values`, `layouts`, `counter`, `once`, `silent`, `fails`.
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
    case 'layouts':
        $list = [1, 2, 3];
        $names = ['a' => 1, 'b' => 2, 'c' => 3];
        $layouts = ['hole' => $list, 'first' => $list, 'last' => $list, 'emptied' => $list, 'names' => $names, 'none' => $names];
        unset($layouts['hole'][1], $layouts['first'][0], $layouts['last'][2], $layouts['names']['b']);
        unset($layouts['emptied'][0], $layouts['emptied'][1], $layouts['emptied'][2]);
        unset($layouts['none']['a'], $layouts['none']['b'], $layouts['none']['c']);
        $layouts['unordered'] = [1 => 'b', 0 => 'a'];
        $layouts['sorted'] = $layouts['unordered'];
        ksort($layouts['sorted']);
        $layouts['hash'] = ['x' => 0, 5, 6];
        unset($layouts['hash']['x']);
        $layouts['bytes'] = ["\xff" => 1, 'a' => 2];
        $layouts['negative'] = [-5 => 'a', 7 => 'b'];
        $layouts['floats'] = [0.0, -0.0, 1e100];
        $layouts['ints'] = [1, -2 ** 31, 2 ** 31 - 1, 2 ** 31, 2 ** 53, PHP_INT_MIN];
        frankenphp_set_vars($layouts);
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
