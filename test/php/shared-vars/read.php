<?php

require_once __DIR__ . '/values.php';

/** What is asked for by `?do=`, as JSON. */
function read(): void
{
    static $loader = null;
    $loader ??= spl_autoload_register(static function (string $class): void {
        if (in_array($class, ['Suit', 'Level', 'Mark'], true)) {
            require_once __DIR__ . '/enums.php';
        }
    });
    $name = $_GET['name'] ?? 'told';
    $answer = match ($_GET['do']) {
        'difference' => read_difference($name, $_GET['case']),
        'identity' => read_twice($name),
        'dump' => read_dump($name),
        'cost' => read_cost($name),
        'enums' => read_enums($name),
        'mutate' => read_mutated($name, $_GET['case']),
        'watch' => read_watched($name),
        'churn' => read_churned($name, (int) $_GET['until']),
        'vars' => attempt(static fn () => frankenphp_get_vars($name)),
        'get' => attempt(static fn () => frankenphp_get_vars(
            json_decode($_GET['names'], true),
            timeout(),
        )),
        'set' => attempt(static fn () => frankenphp_set_vars(['a' => 1])),
        'handle' => attempt(static fn () => frankenphp_get_worker_handle()),
        'ensure' => attempt(static fn () => frankenphp_ensure_background_worker(
            json_decode($_GET['names'], true),
            timeout(),
        )),
    };
    echo json_encode($answer, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR);
}

/** `?timeout=`, in seconds; `NAN` is one, too. */
function timeout(): ?float
{
    return match ($_GET['timeout'] ?? null) {
        null => null,
        'NAN' => NAN,
        default => (float) $_GET['timeout'],
    };
}

/** @return array{result?: mixed, error?: class-string, message?: string} */
function attempt(callable $try): array
{
    try {
        return ['result' => $try()];
    } catch (Throwable $error) {
        return ['error' => $error::class, 'message' => $error->getMessage()];
    }
}

function read_difference(string $name, string $case): array
{
    $vars = frankenphp_get_vars($name);
    $expected = value_of($case);
    return [
        'difference' => difference($expected, $vars),
        'serialized' => serialize($expected) === serialize($vars),
        'list' => array_is_list($expected) === array_is_list($vars),
    ];
}

function read_twice(string $name): array
{
    $first = frankenphp_get_vars($name);
    $second = frankenphp_get_vars($name);
    return ['same' => $first === $second, 'alias' => frankenphp_sidekick_get_vars($name) === $first];
}

function read_dump(string $name): string
{
    ob_start();
    dump(frankenphp_get_vars($name));
    return strtok(ob_get_clean(), "\n");
}

function dump(array $vars): void
{
    debug_zval_dump($vars);
}

/** Bytes that reading a snapshot costs the reader. */
function read_cost(string $name): array
{
    frankenphp_get_vars('small');
    $before = memory_get_usage();
    $vars = frankenphp_get_vars($name);
    $once = memory_get_usage() - $before;
    for ($time = 0; $time < 1000; ++$time) {
        $vars = frankenphp_get_vars($name);
    }
    return ['once' => $once, 'thousand' => memory_get_usage() - $before, 'length' => count($vars)];
}

function read_enums(string $name): array
{
    $vars = frankenphp_get_vars($name);
    $again = frankenphp_get_vars($name);
    return [
        'same case' => $vars['suit'] === Suit::Hearts && $vars['all'] === Suit::cases() && $vars['deep']['by']['name'] === Level::Low,
        'same array' => $vars === $again,
        'matches' => match ($vars['suit']) { Suit::Hearts => 'hearts', default => 'other' },
        'backed' => $vars['suit']->value,
    ];
}

/** Does to what it has read whatever a script may do; each time another read must be as published. */
function read_mutated(string $name, string $case): array
{
    static $kept = [];
    $expected = value_of($case);
    $changes = [
        'write' => static function (array $v): void { $v['n'] = 0; $v['new'] = 1; unset($v['text']); },
        'append' => static function (array $v): void { $v[] = 1; $v['a'][] = 9; $v['empty'][] = 1; },
        'nested write' => static function (array $v): void { $v['b']['deep']['er'][1] = 'changed'; unset($v['rows'][0]['id']); },
        'string offset' => static function (array $v): void { $v['text'][0] = 'Z'; $v['b']['text'] .= '!'; ++$v['n']; $v['float'] *= 2; },
        'by reference' => static function (array $v): void { foreach ($v as &$value) { $value = 'gone'; } },
        'nested by reference' => static function (array $v): void { foreach ($v['rows'] as &$row) { foreach ($row as &$id) { $id = -1; } } },
        'reference to element' => static function (array $v): void { $r = &$v['b']['deep']; $r['er'] = null; $s = &$v['n']; $s = 0; },
        'array_walk' => static function (array $v): void { array_walk_recursive($v, static function (&$x): void { $x = 0; }); },
        'sort' => static function (array $v): void { ksort($v); sort($v['a']); usort($v['rows'], static fn ($x, $y) => $x['id'] <=> $y['id']); shuffle($v['a']); },
        'multisort' => static function (array $v): void { array_multisort($v['a']); arsort($v); natsort($v['a']); },
        'pop and push' => static function (array $v): void { array_pop($v['a']); array_shift($v['a']); array_unshift($v['a'], 0); array_splice($v['a'], 1, 1, ['s', 't']); },
        'array functions' => static function (array $v): void {
            array_merge($v, ['n' => 0]); array_map(static fn ($x) => $x, $v); array_filter($v); array_reverse($v, true);
            array_replace_recursive($v, ['b' => ['deep' => 0]]); array_merge_recursive($v, $v); array_flip($v['a']); array_chunk($v['a'], 2);
            array_pad($v['a'], 10, 0); array_fill_keys($v['a'], $v); array_combine($v['a'], $v['a']); extract($v); compact('n');
        },
        'pointer' => static function (array $v): void { end($v); next($v['a']); prev($v); reset($v['b']); },
        'encode' => static function (array $v): void { json_encode($v); serialize($v); var_export($v, true); print_r($v, true); http_build_query($v); md5(serialize($v)); },
        'unserialize' => static function (array $v): void { $c = unserialize(serialize($v)); $c['n'] = 0; },
        'list assignment' => static function (array $v): void { ['n' => $n, 'a' => [, $second]] = $v; $n = $second = 0; [$v['a'][0], $v['a'][1]] = [$v['a'][1], $v['a'][0]]; },
        'spread' => static function (array $v): void { $w = [...$v, 'n' => 0]; $w['a'][] = 1; (static fn (...$x) => $x[0] = 7)(...$v['a']); },
        'object cast' => static function (array $v): void { $o = (object) $v; $o->n = 0; $o->b['deep'] = 0; $a = (array) $o; $a['n'] = 1; },
        'ArrayObject' => static function (array $v): void { $o = new ArrayObject($v); $o['n'] = 0; $o['a'][] = 1; $o->ksort(); unset($o['text']); },
        'iterator' => static function (array $v): void { $i = new ArrayIterator($v); foreach ($i as $k => $x) { $i[$k] = null; } },
        'generator' => static function (array $v): void { $g = (static function () use ($v) { foreach ($v as $k => &$x) { $x = 1; yield $k => $x; } })(); iterator_to_array($g); },
        'closure' => static function (array $v): void { $c = static function () use (&$v): void { $v['n'] = 0; $v['a'] = []; }; $c(); },
        'static' => static function (array $v) use (&$kept): void { $kept['n'] = ($kept['n'] ?? 0) + 1; $kept['vars'] = $v; $kept['vars']['n'] = 0; $kept['vars']['b']['deep'] = 0; },
        'global' => static function (array $v): void { $GLOBALS['vars'] = $v; $GLOBALS['vars']['rows'][0] = 1; unset($GLOBALS['vars']['a']); },
        'destructor' => static function (array $v): void { new class($v) { public function __construct(public array $v) {} public function __destruct() { $this->v['n'] = 0; } }; },
        'recursion' => static function (array $v): void { $v['self'] = &$v; $v['self']['n'] = 0; unset($v['self']); gc_collect_cycles(); },
        'weird writes' => static function (array $v): void { $v['n'] .= 'x'; $v['null'] ??= 1; $v['a'] += [9 => 9]; $v['float']--; settype($v['n'], 'array'); },
        'compare' => static function (array $v) use ($expected): void { $v == $expected; $v <=> $expected; in_array($expected, [$v]); array_unique($v['a']); array_diff_assoc($v['a'], [1]); },
    ];
    $broken = [];
    foreach ($changes as $what => $change) {
        @$change(frankenphp_get_vars($name));
        $found = difference($expected, frankenphp_get_vars($name));
        if ($found !== null) {
            $broken[$what] = $found;
        }
    }
    // A reader's own copy is its own, too.
    $mine = frankenphp_get_vars($name);
    $mine['b']['deep']['er'][] = 'mine';
    return ['broken' => $broken, 'changes' => count($changes), 'mine' => $mine['b']['deep']['er']];
}

/** Reads until something else is published; says so when it begins. */
function read_watched(string $name): array
{
    $first = frankenphp_get_vars($name);
    echo "reading\n";
    flush();
    for ($until = microtime(true) + 20; microtime(true) < $until;) {
        $next = frankenphp_get_vars($name);
        if ($next !== $first) {
            return ['from' => $first['version'], 'to' => $next['version'], 'kept' => $first['same'] === $next['same']];
        }
    }
    return ['timeout' => true];
}

/** Reads as quickly as it can until version `$until`, and looks whether each read is of one version. */
function read_churned(string $name, int $until): array
{
    $mixed = $backwards = $reads = $last = 0;
    for ($deadline = microtime(true) + 20; $last < $until && microtime(true) < $deadline; ++$reads) {
        $vars = frankenphp_get_vars($name);
        $now = $vars['n'] ?? 0;
        if ($now === 0) {
            continue;
        }
        $mixed += $vars['list'] === array_fill(0, 50, $now) && $vars['text'] === "turn $now" ? 0 : 1;
        $backwards += $now < $last ? 1 : 0;
        $last = $now;
    }
    return ['mixed' => $mixed, 'backwards' => $backwards, 'last' => $last, 'read' => $reads > 0];
}
