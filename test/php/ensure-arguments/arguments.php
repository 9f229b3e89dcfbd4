<?php

/** What cannot be a name or a list of names, by what it is. */
function wrong_names(): array
{
    $reference = 'pool';
    return [
        'nothing' => [[], 'ValueError'],
        'an empty name' => ['', 'ValueError'],
        'a NUL byte' => ["po\0ol", 'ValueError'],
        'a NUL byte at the end' => ["pool\0", 'ValueError'],
        'an empty name in a list' => [['pool', ''], 'ValueError'],
        'a NUL byte in a list' => [['pool', "\0"], 'ValueError'],
        'a name twice' => [['pool', 'other', 'pool'], 'ValueError'],
        'a name twice, once by reference' => [['pool', &$reference], 'ValueError'],
        'a name twice, with keys' => [['a' => 'pool', 'b' => 'pool'], 'ValueError'],
        'an int in a list' => [['pool', 1], 'TypeError'],
        'a float in a list' => [['pool', 1.5], 'TypeError'],
        'true in a list' => [['pool', true], 'TypeError'],
        'null in a list' => [['pool', null], 'TypeError'],
        'a list in a list' => [['pool', ['other']], 'TypeError'],
        'an object in a list' => [['pool', new stdClass()], 'TypeError'],
        'a Stringable in a list' => [['pool', new Exception('pool')], 'TypeError'],
        'null' => [null, 'TypeError'],
        'an int' => [1, 'TypeError'],
        'a float' => [1.5, 'TypeError'],
        'false' => [false, 'TypeError'],
        'an object' => [new stdClass(), 'TypeError'],
        'a Stringable' => [new Exception('pool'), 'TypeError'],
        'a closure' => [static fn () => 'pool', 'TypeError'],
        'a resource' => [fopen('php://memory', 'r'), 'TypeError'],
    ];
}

/** What cannot be a timeout, by what it is. */
function wrong_timeouts(): array
{
    return [
        'negative' => [-1, 'ValueError'],
        'negative, a little' => [-1e-9, 'ValueError'],
        'minus infinity' => [-INF, 'ValueError'],
        'NaN' => [NAN, 'ValueError'],
        'text' => ['soon', 'TypeError'],
        'a list' => [[1], 'TypeError'],
        'an object' => [new stdClass(), 'TypeError'],
    ];
}

/** Each function and wrong argument whose error is another than it should be; how many were tried. */
function try_wrong_arguments(): array
{
    $wrong = [];
    $tried = 0;
    $expect = static function (string $function, string $what, array $arguments, string $class) use (&$wrong, &$tried): void {
        ++$tried;
        try {
            $function(...$arguments);
            $wrong["$function: $what"] = 'nothing';
        } catch (Throwable $error) {
            if ($error::class !== $class || !str_starts_with($error->getMessage(), "$function(): Argument #")) {
                $wrong["$function: $what"] = $error::class . ': ' . $error->getMessage();
            }
        }
    };
    foreach (['frankenphp_ensure_background_worker', 'frankenphp_get_vars'] as $function) {
        foreach (wrong_names() as $what => [$names, $class]) {
            $expect($function, $what, [$names], $class);
            $expect($function, "$what, at once", [$names, 0.0], $class);
        }
        foreach (wrong_timeouts() as $what => [$timeout, $class]) {
            $expect($function, "timeout: $what", ['pool', $timeout], $class);
            $expect($function, "timeout: $what, a list", [['pool', 'other'], $timeout], $class);
        }
    }
    return ['wrong' => $wrong, 'tried' => $tried];
}

/** What is right, however it is given: all of it is answered. */
function try_right_arguments(): array
{
    $name = 'right';
    $list = ['b' => 'right', 7 => &$name];
    unset($list['b']);
    frankenphp_ensure_background_worker($name, 10);
    frankenphp_ensure_background_worker($list, timeout: 10.5);
    frankenphp_ensure_background_worker(name: ['right'], timeout: null);
    frankenphp_ensure_background_worker('right', INF);
    frankenphp_ensure_background_worker('right', 1e300);
    frankenphp_ensure_background_worker('right', '10');
    frankenphp_ensure_background_worker('right', 0);
    frankenphp_ensure_background_worker('right', -0.0);
    return [frankenphp_ensure_background_worker('right')];
}

function answer(): void
{
    echo json_encode($_GET['do'] === 'wrong' ? try_wrong_arguments() : try_right_arguments(), JSON_THROW_ON_ERROR);
}
