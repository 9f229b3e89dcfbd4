<?php

// Every kind of write that PHP knows, to `$v`, an array of mutable_vars(). Some write nothing but look as if they did.

function mutable_vars(int $seed): array
{
    return [
        'n' => $seed, 'float' => 1.5, 'text' => "text $seed", 'null' => null, 'true' => true, 'empty' => [], 'digits' => '7',
        'list' => [5, 3, 4, 1, "s$seed"], 'map' => ['b' => 1, 'a' => ['deep' => ['er' => [3, 1, 2]]], 'text' => "inner $seed"],
        'rows' => [['id' => 2, 'name' => "two $seed"], ['id' => 1, 'name' => 'one']], 5 => 'five', 'holes' => [1 => 'x', 7 => 'y'],
        'long' => range($seed, $seed + 100), 'matrix' => [[1, 2], [3, 4]],
    ];
}

function write_by_reference(mixed &$value): void
{
    $value = is_array($value) ? [...$value, 'mine'] : 'mine';
}

function &reference_to(array &$array, string $key): mixed
{
    return $array[$key];
}

final class Writes
{
    public array $property = [];
    public static array $static = [];
    public array|string $typed = [];

    public function &__get(string $name): array
    {
        return $this->property;
    }
}

return [
    'element' => static function (array $v): void { $v['n'] = 0; $v['new'] = 1; $v[] = 2; unset($v['text']); },
    'nested element' => static function (array $v): void { $v['map']['a']['deep']['er'][1] = 'w'; $v['map']['a']['new']['path'] = 1; $v['empty'][] = 1; $v['null']['now'] = 1; },
    'unset' => static function (array $v): void { unset($v['map']['a']['deep'], $v['list'][0], $v['rows'][1]['id'], $v['holes'][7], $v['nothing']['there']); },
    'append' => static function (array $v): void { $v['list'][] = 1; $v['list'][] = [2]; $v['rows'][0][] = 3; $v['holes'][] = 4; $v['long'][] = 5; },
    'increments' => static function (array $v): void { $v['n']++; --$v['n']; ++$v['float']; $v['null']++; $v['digits']++; $v['list'][0]--; $v['map']['b']++; },
    'compound assignments' => static function (array $v): void { $v['n'] += 1; $v['n'] **= 2; $v['n'] <<= 1; $v['text'] .= '!'; $v['map']['text'] .= $v['text']; $v['null'] ??= []; $v['list'] += [9 => 9]; $v['float'] /= 2; $v['matrix'][0][1] *= 3; },
    'string offsets' => static function (array $v): void { $v['text'][0] = 'Z'; $v['map']['text'][30] = 'far'; $v['list'][4][1] = '?'; },
    'reference to elements' => static function (array $v): void { $r = &$v['n']; $r = 0; $s = &$v['map']['a']['deep']; $s = null; $t = &$v['unknown']; $t = 1; },
    'reference to the array' => static function (array $v): void { $r = &$v; $r['n'] = 0; $w = $v; $w['list'] = 0; $r[] = &$w; },
    'reference in a copy' => static function (array $v): void { $c = $v; $r = &$c['list'][0]; $d = $c; $r = 'shared by two copies'; $d['list'][1] = 2; },
    'foreach by reference' => static function (array $v): void { foreach ($v as $key => &$value) { $value = $key; } unset($value); foreach ($v['rows'] ?: [] as &$x) { $x = 1; } },
    'foreach by reference, deep' => static function (array $v): void { foreach ($v['rows'] as &$row) { foreach ($row as $key => &$value) { $value = "$key!"; unset($row['name']); } } },
    'foreach over what is written' => static function (array $v): void { foreach ($v['list'] as $key => $value) { $v['list'][$key] = -1; $v['list'][] = $value; unset($v['list'][0]); } },
    'foreach into elements' => static function (array $v): void { foreach ([1, 2] as $v['n'] => $v['list'][0]) { } foreach ($v['matrix'] as [$v['text'], $v['map']['b']]) { } },
    'destructuring' => static function (array $v): void { [$v['list'][0], $v['list'][1]] = [$v['list'][1], $v['list'][0]]; ['n' => $v['n'], 'map' => ['b' => $v['text']]] = $v; },
    'destructuring by reference' => static function (array $v): void { ['n' => &$n, 'map' => ['a' => &$a], 'rows' => [['id' => &$id]]] = $v; $n = $a = $id = 'mine'; },
    'arguments by reference' => static function (array $v): void { write_by_reference($v['n']); write_by_reference($v['map']['a']); write_by_reference($v['none']); write_by_reference($v); },
    'arguments by name and spread' => static function (array $v): void { $f = static function (&...$all): void { foreach ($all as &$each) { $each = 0; } }; $f(...$v['list']); $f(...$v['map']); $f(...array_values($v)); },
    'returned by reference' => static function (array $v): void { $r = &reference_to($v, 'map'); $r['b'] = 'mine'; reference_to($v, 'list')[0] = 'mine'; },
    'sorts' => static function (array $v): void { foreach (['sort', 'rsort', 'asort', 'arsort', 'ksort', 'krsort', 'natsort', 'natcasesort', 'shuffle'] as $sort) { $l = $v['list']; @$sort($l); @$sort($v['long']); $sort($v['map']['a']['deep']['er']); } },
    'sorts by callback' => static function (array $v): void { usort($v['rows'], static fn ($x, $y) => $x['id'] <=> $y['id']); uasort($v['list'], static fn ($x, $y) => $x <=> $y); uksort($v['map'], strcmp(...)); },
    'sort of the root' => static function (array $v): void { ksort($v); @asort($v); shuffle($v); @sort($v); },
    'array_multisort' => static function (array $v): void { $k = $v['long']; array_multisort($k, SORT_DESC, $v['long']); array_multisort($v['map']['a']['deep']['er']); },
    'array_walk' => static function (array $v): void { array_walk($v, static function (&$x, $key): void { $x = $key; }); },
    'array_walk_recursive' => static function (array $v): void { array_walk_recursive($v, static function (&$x): void { $x = [$x]; }); },
    'stack and queue' => static function (array $v): void { array_push($v['list'], 1); array_pop($v['list']); array_shift($v['list']); array_unshift($v['list'], 0); array_shift($v); array_pop($v); array_unshift($v, 1); },
    'array_splice' => static function (array $v): void { array_splice($v['list'], 1, 2, ['s', 't', 'u']); array_splice($v['holes'], 0, 1); array_splice($v, 2, 3, [$v]); },
    'array_fill and replace' => static function (array $v): void { $v = array_replace_recursive($v, ['map' => ['a' => ['deep' => 1]]]); $v['map']['a']['deep'] = 2; $w = array_merge_recursive($v, $v); $w['n'][] = 1; $x = array_fill_keys($w['holes'], $w); $x['x']['n'] = 0; },
    'results that are the array itself' => static function (array $v): void { foreach ([array_merge($v), array_values($v['list']), array_filter($v), array_slice($v, 0), array_pad($v['list'], 2, 0), array_unique($v['long']), array_replace($v), [...$v], $v + [], (array) $v, array_map(null, $v['list']), array_intersect_key($v, $v), array_diff_key($v, []), array_change_key_case($v)] as $w) { $w[] = 'mine'; $w['n'] = 0; $w[0] = 'mine'; } },
    'pointer' => static function (array $v): void { next($v); end($v['list']); prev($v['list']); next($v['map']['a']); reset($v); while (next($v['long']) !== false) { } current($v); key($v['map']); },
    'extract' => static function (array $v): void { extract($v, EXTR_REFS | EXTR_PREFIX_ALL, 'x'); $x_n = 0; $x_list[] = 1; $x_map['a'] = null; },
    'compact and variables' => static function (array $v): void { $c = compact('v'); $c['v']['n'] = 0; ${'w'} = $v; ${'w'}['n'] = 0; foreach ($v as $name => $value) { $$name = $value; if (is_array($$name)) { $$name[] = 1; } } },
    'out parameters' => static function (array $v): void { preg_match('/(t)(e)/', $v['text'], $v['list']); preg_match_all('/./', $v['text'], $v['map']['a']); parse_str('a=1&b[]=2', $v['rows']); str_replace('t', 'T', $v['text'], $v['n']); sscanf('1 2', '%d %d', $v['float'], $v['true']); similar_text('a', 'b', $v['null']); is_callable('x', true, $v['digits']); },
    'settype' => static function (array $v): void { settype($v['n'], 'array'); settype($v['list'], 'string'); settype($v['map'], 'object'); $v['map']->b = 2; settype($v['text'], 'array'); $v['text'][] = 1; },
    'casts' => static function (array $v): void { $o = (object) $v; $o->n = 0; $o->map['a'] = 0; $o->list[] = 1; unset($o->text); $a = (array) $o; $a['n'] = 2; $b = (array) (object) $v['map']; $b['a']['deep'] = 0; },
    'properties' => static function (array $v): void { $w = new Writes(); $w->property = $v; $w->property['n'] = 0; $w->property['list'][] = 1; Writes::$static = $v; Writes::$static['map']['a'] = 0; $w->magic['rows'][0] = 0; $w->typed = $v; $r = &$w->typed; $r['n'] = 0; foreach ($w->property as &$x) { $x = 0; } $c = clone $w; $c->property['n'] = 2; },
    'ArrayObject' => static function (array $v): void { $o = new ArrayObject($v); $o['n'] = 0; $o['list'][] = 1; unset($o['text']); $o->append(1); $o->ksort(); foreach ($o as $key => &$value) { $value = $key; } $o->exchangeArray($v); $o->uasort(static fn () => 0); $c = $o->getArrayCopy(); $c['n'] = 1; },
    'ArrayIterator' => static function (array $v): void { $i = new ArrayIterator($v); foreach ($i as $key => $value) { $i[$key] = null; $i->offsetUnset($key); break; } $i['map'] = 1; $r = new RecursiveArrayIterator($v); foreach (new RecursiveIteratorIterator($r) as $key => $value) { $r->offsetSet($key, 0); break; } },
    'SPL' => static function (array $v): void { $f = SplFixedArray::fromArray($v['list']); $f[0] = 'mine'; $f->setSize(20); $l = new SplDoublyLinkedList(); $l[] = $v; foreach ($l as $x) { $x['n'] = 0; } $s = new SplObjectStorage(); $s[$l] = $v; $t = $s[$l]; $t['n'] = 0; },
    'generators' => static function (array $v): void { $g = (static function & (array $v): Generator { foreach ($v as $key => &$value) { yield $key => $value; } })($v); foreach ($g as &$value) { $value = 'mine'; } $d = (static function () use ($v): Generator { yield from $v['list']; $v['n'] = 0; yield $v; })(); foreach ($d as $x) { } },
    'closures' => static function (array $v): void { $by = static function () use (&$v): void { $v['n'] = 0; $v['list'] = []; }; $by(); $copy = static function () use ($v): array { $v['map'] = 0; return $v; }; $copy(); $copy(); $arrow = static fn () => $v['rows'][0] = 1; $arrow(); },
    'statics and globals' => static function (array $v): void { static $kept = []; $kept = $v; $kept['n'] = 0; $kept['map']['a']['deep']['er'][] = 1; $GLOBALS['written'] = $v; $GLOBALS['written']['list'][0] = 'g'; (static function (): void { global $written; $written['map'] = 0; })(); },
    'defaults and constants' => static function (array $v): void { static $defined = 0; $name = 'WRITES_' . $v['n'] . '_' . ++$defined . '_' . hrtime(true); define($name, $v); $w = constant($name); $w['n'] = 0; $w['map']['a'] = 0; (static function (array $x) { $x['list'][] = 1; $x['map']['b']++; })(constant($name)); },
    'serialisation' => static function (array $v): void { $c = unserialize(serialize($v)); $c['map']['a'] = 0; $j = json_decode(json_encode($v), true); $j['n'] = 0; var_export($v, true); print_r($v, true); http_build_query($v); $e = eval('return ' . var_export($v, true) . ';'); $e['n'] = 0; },
    'exceptions and finally' => static function (array $v): void { try { $v['n'] = 0; throw new Exception('x'); } catch (Exception $error) { $v['error'] = $error->getMessage(); } finally { $v['list'] = 0; } },
    'an error in mid-write' => static function (array $v): void { try { $v['list'][4]['not']['a'] = 1; } catch (Error) { } try { $v['text'][] = 1; } catch (Error) { } try { $v['true'][0]['x'] = intdiv(1, 0); } catch (Error) { } try { usort($v['rows'], static fn () => throw new Exception('x')); } catch (Exception) { } try { array_walk($v, static function (&$x): void { $x = 0; throw new Exception('y'); }); } catch (Exception) { } },
    'recursion' => static function (array $v): void { $v['self'] = &$v; $v['self']['n'] = 0; $v['self']['self']['list'][] = 1; unset($v['self']); gc_collect_cycles(); },
    'destructors' => static function (array $v): void { $v['object'] = new class($v) { public function __construct(public array $v) { } public function __destruct() { $this->v['n'] = 0; $this->v['list'][] = 1; } }; unset($v['object']); },
    'swap and assign to itself' => static function (array $v): void { [$v['list'], $v['map']] = [$v['map'], $v['list']]; $v = [$v, $v]; $v[0]['n'] = 0; $v[1]['rows'][] = $v; $v['v'] = $v; $v['v'][0]['list']['a'] = 1; },
    'match, coalescing and ternary' => static function (array $v): void { $w = $v['none'] ?? $v; $w['n'] = 0; $x = true ? $v['map'] : []; $x['a'] = 0; $y = match (true) { default => $v['rows'] }; $y[0]['id'] = 0; ($z = $v['list'])[0] ?? 0; $z[] = 1; },
    'writes through function results' => static function (array $v): void { $w = (static fn () => $v)(); $w['n'] = 0; $x = current($v['rows']); $x['id'] = 0; $y = end($v['matrix']); $y[] = 0; $z = array_pop($v['matrix']); $z[0] = 0; max($v['list']); $r = array_reverse($v, true); $r['map']['a'] = 0; array_column($v['rows'], null, 'id')[1]['name'] ?? 0; },
];
