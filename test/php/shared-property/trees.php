<?php

/**
 * A random tree of everything that can be shared, always the same one for a seed: sizes, layouts, keys and strings that
 * are rare in practice are frequent here.
 *
 * @return array<mixed>
 */
function tree_of(int $seed): array
{
    $random = new Random\Randomizer(new Random\Engine\Xoshiro256StarStar($seed));
    $budget = $random->getInt(1, 120);
    return random_array($random, $random->getInt(1, 7), $budget);
}

/** At most `$budget` elements in all, which is counted down, and `$levels` levels. */
function random_array(Random\Randomizer $random, int $levels, int &$budget): array
{
    $array = [];
    $kind = $random->getInt(0, 9);
    $count = $random->getInt(0, 3) === 0 ? $random->getInt(0, 40) : $random->getInt(0, 6);
    for ($number = 0; $number < $count && $budget > 0; ++$number, --$budget) {
        $value = random_value($random, $levels, $budget);
        match (true) {
            $kind < 4 => $array[] = $value,                               // packed
            $kind < 7 => $array[random_key($random)] = $value,            // hash
            $kind < 8 => $array[$number * 3 + 2] = $value,                // packed with holes
            default => $array[$random->getInt(-20, 1000)] = $value,       // hash of ints
        };
        if ($random->getInt(0, 9) === 0) {
            array_pop($array); // which leaves its mark on the next index
        }
        if ($random->getInt(0, 19) === 0) {
            unset($array[array_key_first($array)]);
        }
    }
    if ($random->getInt(0, 7) === 0 && $array !== []) {
        $one = $array[array_key_first($array)];
        $array['again'] = $one; // the same array or string twice
        $reference = &$array[array_key_first($array)];
        unset($reference); // of one holder
    }
    for ($steps = $random->getInt(0, 12); $steps > 9; --$steps) {
        next($array);
    }
    return $array;
}

function random_key(Random\Randomizer $random): int|string
{
    return match ($random->getInt(0, 5)) {
        0 => $random->getInt(PHP_INT_MIN, PHP_INT_MAX - 100),
        1 => (string) $random->getInt(-3, 3),
        2 => ['', "\0", '0x1', '-0', '05', ' 1', "\xff", '9223372036854775808', 'häß', '__proto__'][$random->getInt(0, 9)],
        3 => $random->getBytes($random->getInt(1, 12)),
        default => 'key' . $random->getInt(0, 60),
    };
}

function random_value(Random\Randomizer $random, int $levels, int &$budget): mixed
{
    return match ($random->getInt(0, $levels > 0 ? 12 : 9)) {
        0 => null,
        1 => $random->getInt(0, 1) === 1,
        2 => $random->getInt(-5, 5),
        3 => $random->getInt(PHP_INT_MIN, PHP_INT_MAX),
        4 => unpack('E', $random->getBytes(8))[1], // any bits: denormals, INF and NaNs with payloads among them
        5 => [0.0, -0.0, NAN, INF, -INF, 0.1, 1e300, 4.9e-324, 3.0][$random->getInt(0, 8)],
        6 => $random->getBytes($random->getInt(1, 40)),
        7 => ['', "\0", 'a', '12', 'häß 🙂', "caf\xe9"][$random->getInt(0, 5)],
        8 => str_repeat(chr($random->getInt(0, 255)), $random->getInt(0, 3000)),
        9 => RandomSuit::cases()[$random->getInt(0, 2)],
        default => random_array($random, $levels - 1, $budget),
    };
}

enum RandomSuit: string
{
    case Hearts = 'H';
    case Spades = 'S';
    case Clubs = 'C';
}

/** Everything that PHP can tell of a tree. */
function fingerprint(array $tree): string
{
    $json = json_encode($tree, JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR);
    return md5(var_export($tree, true) . serialize($tree) . $json . implode(',', hidden($tree)));
}

/**
 * What neither export shows: next indexes, the bits of floats, and whether lists are lists. Not where internal pointers
 * are: an array that differs in nothing else from the one before is the same value, and the one before stays.
 */
function hidden(array $tree): array
{
    $found = [array_is_list($tree)];
    foreach ($tree as $value) {
        if (is_float($value)) {
            $found[] = bin2hex(pack('E', $value));
        } elseif (is_array($value)) {
            array_push($found, ...hidden($value));
        }
    }
    try {
        $tree[] = 'appended';
        $found[] = array_key_last($tree);
    } catch (Error $error) {
        $found[] = $error->getMessage();
    }
    return $found;
}
