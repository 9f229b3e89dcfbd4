<?php

/**
 * The arrays that are published, by name; readers build the same and compare.
 *
 * @return array<mixed>
 */
function value_of(string $case): array
{
    switch ($case) {
        case 'scalars':
            return [
                'null' => null, 'true' => true, 'false' => false, 'zero' => 0, 'minus' => -1,
                'max' => PHP_INT_MAX, 'min' => PHP_INT_MIN,
            ];
        case 'floats':
            return [
                'nan' => NAN, 'inf' => INF, 'minus inf' => -INF, 'zero' => 0.0, 'minus zero' => -0.0, 'sum' => 0.1 + 0.2,
                'digits' => 1.2345678901234567e-300, 'epsilon' => PHP_FLOAT_EPSILON, 'least' => 4.9e-324,
                'most' => PHP_FLOAT_MAX, 'integral' => 3.0, 'payload' => unpack('E', "\x7f\xf8\x00\x00\x00\x00\x12\x34")[1],
            ];
        case 'strings':
            return [
                'empty' => '', 'one' => 'x', 'nul' => "a\0b\0", 'only nul' => "\0", 'invalid' => "\xff\xfe caf\xe9 \xc3",
                'utf-8' => 'häß 🙂', 'numeric' => '12', 'long' => str_repeat("0123456789\0", 100_000),
                'all bytes' => implode('', array_map(chr(...), range(0, 255))),
            ];
        case 'keys':
            return [
                'b' => 1, 'a' => 2, 10 => 3, -5 => 4, 0 => 5, '' => 6, "k\0y" => 7, "\xff" => 8, '05' => 9, '-0' => 10,
                ' 5' => 11, '1e3' => 12, '9223372036854775808' => 13, '9223372036854775807' => 14, '-7' => 15, '1.5' => 16,
            ];
        case 'empty':
            return [];
        case 'arrays':
            $packed = range(0, 9);
            unset($packed[3], $packed[9]);
            $emptied = [1, 2, 3];
            array_pop($emptied);
            unset($emptied[0], $emptied[1]);
            $hash = ['x' => 1, 'y' => 2, 'z' => 3];
            unset($hash['y']);
            $moved = ['first', 'second', 'third'];
            next($moved);
            $shared = ['in' => ['two' => ['places']]];
            return [
                'empty' => [], 'list' => [1, 2, 3], 'holes' => $packed, 'emptied' => $emptied, 'hash' => $hash,
                'moved' => $moved, 'far' => [1000 => 'a', 2000 => 'b'], 'below' => [-10 => 'a'], 'last' => [PHP_INT_MAX => 'a'],
                'nested' => [[[[[]]]], ['a' => ['b' => ['c' => [1, [2]]]]]], 'one' => $shared, 'other' => $shared,
                'large' => array_fill(0, 10_000, ['id' => 7, 'name' => 'n']), 'table' => array_flip(array_map(static fn ($n) => "k$n", range(1, 5_000))),
            ];
        case 'list':
            return ['a', ['b'], 'c'];
        case 'references':
            $value = ['inner'];
            $array = ['held once' => &$value];
            unset($value);
            return $array;
        case 'enums':
            return ['suit' => Suit::Hearts, 'all' => Suit::cases(), 'deep' => ['by' => ['name' => Level::Low]], 'plain' => [1]];
        case 'deepest':
            $deep = ['bottom'];
            for ($level = 2; $level <= 256; ++$level) {
                $deep = [$deep];
            }
            return $deep;
        case 'mutable':
            return [
                'b' => ['deep' => ['er' => [3, 1, 2]], 'text' => 'text'], 'a' => [5, 3, 4, 1], 'n' => 41, 'text' => 'abc',
                'rows' => [['id' => 2], ['id' => 1]], 'empty' => [], 'float' => 1.5, 'null' => null,
            ];
        case 'first':
            return ['version' => 'first', 'same' => [1, 2]];
        case 'second':
            return ['version' => 'second', 'same' => [1, 2]];
        default:
            throw new LogicException("no such case: $case");
    }
}

/** Where two values differ, to the last bit and in everything an array remembers; null: nowhere. */
function difference(mixed $expected, mixed $actual, string $path = ''): ?string
{
    if (get_debug_type($expected) !== get_debug_type($actual)) {
        return "$path: " . get_debug_type($actual) . ' instead of ' . get_debug_type($expected);
    }
    if (is_float($expected)) {
        return pack('E', $expected) === pack('E', $actual) ? null : "$path: another float, $actual";
    }
    if (!is_array($expected)) {
        return $expected === $actual ? null : "$path: not the same";
    }
    if (array_keys($expected) !== array_keys($actual)) {
        return "$path: other keys, " . json_encode(array_keys($actual), JSON_INVALID_UTF8_SUBSTITUTE);
    }
    if (current($expected) !== current($actual) && !is_nan_or_array(current($expected))) {
        return "$path: another position";
    }
    foreach ($expected as $key => $value) {
        $found = difference($value, $actual[$key], "$path.$key");
        if ($found !== null) {
            return $found;
        }
    }
    return next_index($expected) === next_index($actual) ? null : "$path: another next index, " . next_index($actual);
}

function is_nan_or_array(mixed $value): bool
{
    return is_array($value) || (is_float($value) && is_nan($value));
}

function next_index(array $array): int|string
{
    try {
        $array[] = 'appended';
        return array_key_last($array);
    } catch (Error $error) {
        return $error->getMessage();
    }
}
