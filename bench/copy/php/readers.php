<?php

// What readers do that is the same for every peer.

/** Nanoseconds between two looks at the clock with nothing in between: what each single measurement has too much. */
function clock(int $times): array
{
    $all = [];
    for ($i = 0; $i < $times; ++$i) {
        $before = hrtime(true);
        $all[] = hrtime(true) - $before;
    }
    return $all;
}

/** The first read of a request, and then the clock by itself. */
function first(string $once): array
{
    hrtime(true);
    return [$once(), min(clock(5))];
}

/** Holds what `$hold` returns from the time gate 2 opens until gate 3 does; bytes of PHP's memory that takes. */
function hold(string $hold, int $reader, int $from, int $until): int
{
    bench_gate_await(2, $from);
    $bytes = memory_get_usage();
    $held = $hold();
    $bytes = memory_get_usage() - $bytes;
    bench_gate_open(4 + $reader, $from);
    bench_gate_await(3, $until);
    return $held === null ? -1 : $bytes;
}

function gate(int $gate, int $turn): bool
{
    bench_gate_open($gate, $turn);
    return true;
}

function gate_passed(int $gate, int $turn): bool
{
    bench_gate_await($gate, $turn);
    return true;
}

/** Nanoseconds: [memcpy of a MiB, a round trip by condition variables]. */
function floors(int $times): array
{
    return [bench_memcpy_floor(1 << 20, $times), bench_condvar_floor($times)];
}

/**
 * Nanoseconds of a loop over `$count` names: the first reads of this request, the same again, empty calls,
 * and calls that look at a cache line each.
 */
function names(int $count): array
{
    $names = [];
    for ($i = 0; $i < $count; ++$i) {
        $names["name-$i"] = true;
    }
    $names = array_keys($names); // having been keys they know their hash, as names in a script's text do
    $times = [];
    for ($turn = 0; $turn < 2; ++$turn) {
        $before = hrtime(true);
        foreach ($names as $name) {
            $v = frankenphp_get_vars($name);
        }
        $times[] = hrtime(true) - $before;
    }
    $before = hrtime(true);
    foreach ($names as $name) {
        $v = bench_noop($name);
    }
    $times[] = hrtime(true) - $before;
    $before = hrtime(true);
    foreach ($names as $name) {
        $v = bench_line_read($name);
    }
    $times[] = hrtime(true) - $before;
    return $times;
}

/** Reads and keeps the last 32 versions, in a static, as an HTTP worker may. */
function ring(): int
{
    static $ring = [], $last = 0;
    $vars = frankenphp_get_vars('p4');
    if ($vars['number'] !== $last) {
        $last = $vars['number'];
        $ring[$last % 32] = $vars;
    }
    foreach ($ring as $number => $kept) {
        if ($kept['number'] % 32 !== $number || ($kept['text'][12345] ?? '') !== chr(65 + $kept['number'] % 26)) {
            throw new LogicException("version {$kept['number']} is not what it was");
        }
    }
    return $last;
}
