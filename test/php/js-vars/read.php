<?php

enum Suit: string
{
    case Hearts = 'h';
    case Spades = 's';
}

/** What is asked for by `?do=`, as JSON. */
function read(): void
{
    $timeout = isset($_GET['timeout']) ? (float) $_GET['timeout'] : null;
    try {
        $answer = match ($_GET['do']) {
            'all' => read_all($timeout),
            'identity' => frankenphp_get_vars('flags') === frankenphp_get_vars('flags'),
            'cost' => read_cost(),
            'watch' => read_watched(),
            'both' => array_map(canonical(...), frankenphp_get_vars(['flags', 'other'], $timeout)),
            'ensure' => frankenphp_ensure_background_worker('flags', 1.0),
        };
    } catch (Throwable $error) {
        $answer = ['error' => $error::class, 'message' => $error->getMessage()];
    }
    echo json_encode($answer, JSON_THROW_ON_ERROR);
}

/** The vars to the last bit, and whether they are an array as any other. */
function read_all(?float $timeout): array
{
    $vars = frankenphp_get_vars('flags', $timeout);
    $copy = rebuilt($vars);
    return [
        'canonical' => canonical($vars),
        'exported' => var_export($copy, true) === var_export($vars, true),
        'serialized' => serialize($copy) === serialize($vars),
        'list' => array_is_list($copy) === array_is_list($vars),
        'lookups' => failed_lookups($vars),
        'writes' => failed_writes($vars),
        'untouched' => canonical(frankenphp_get_vars('flags')) === canonical($vars),
    ];
}

/** One text for one value: types, the bits of floats, bytes of strings, order and kind of keys. */
function canonical(mixed $value): string
{
    return match (true) {
        $value === null => 'n',
        is_bool($value) => $value ? 't' : 'f',
        is_int($value) => "i$value",
        is_float($value) => 'd' . bin2hex(pack('E', $value)),
        is_string($value) => 's' . bin2hex($value),
        $value instanceof UnitEnum => 'e' . $value::class . '::' . $value->name,
        is_array($value) => '[' . implode(',', array_map(
            static fn (int|string $key) => canonical($key) . '=' . canonical($value[$key]),
            array_keys($value),
        )) . ']',
    };
}

/** The same array, made by PHP. */
function rebuilt(array $array): array
{
    $copy = [];
    foreach ($array as $key => $value) {
        $copy[$key] = is_array($value) ? rebuilt($value) : $value;
    }
    return $copy;
}

/** Every key must lead to its value by the hash table; and one that is not there to nothing. */
function failed_lookups(array $array): int
{
    $failed = isset($array['no such key']) || isset($array[PHP_INT_MIN + 12345]) ? 1 : 0;
    $position = 0;
    foreach ($array as $key => $value) {
        $failed += array_key_exists($key, $array) && serialize($array[$key]) === serialize($value) ? 0 : 1;
        $failed += array_search($key, array_keys($array), true) === $position++ ? 0 : 1;
        $failed += is_array($value) ? failed_lookups($value) : 0;
    }
    return $failed;
}

/** A copy grows, shrinks and sorts as the array that PHP made does. */
function failed_writes(array $array): int
{
    $copy = rebuilt($array);
    foreach ([&$array, &$copy] as &$changed) {
        try {
            $changed[] = 'next';
        } catch (Error $full) {
            $changed['full'] = $full->getMessage();
        }
        for ($more = 0; $more < 20; ++$more) {
            $changed["more $more"] = $more;
        }
        unset($changed[array_key_first($changed)]);
        ksort($changed);
        $changed = array_merge($changed, ['more 3' => 'replaced']);
    }
    return canonical($array) === canonical($copy) ? 0 : 1;
}

/** Bytes that reading the vars costs. */
function read_cost(): array
{
    frankenphp_get_vars('other');
    $before = memory_get_usage();
    $vars = frankenphp_get_vars('flags');
    return ['bytes' => memory_get_usage() - $before, 'count' => count($vars)];
}

/** Reads and keeps until the vars say `end`; tells when it has begun, and each count that it has seen. */
function read_watched(): array
{
    $kept = [];
    echo "reading\n";
    flush();
    for ($until = microtime(true) + 20; microtime(true) < $until;) {
        $vars = frankenphp_get_vars('flags');
        $kept[$vars['count']] = $vars;
        if ($vars['end']) {
            $wrong = 0;
            foreach ($kept as $count => $one) {
                $wrong += $one['list'] === array_fill(0, 50, $count) && $one['text'] === "turn $count" ? 0 : 1;
            }
            return ['wrong' => $wrong, 'last' => $vars['count']];
        }
    }
    return ['timeout' => true];
}
