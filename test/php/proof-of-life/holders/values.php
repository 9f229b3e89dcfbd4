<?php

// Values kept by the engine's own means.

function proof_generator(array $vars): Generator
{
    $answer = null;
    try {
        while (true) {
            $expected = yield $answer;
            $answer = $vars === $expected;
        }
    } finally {
        report($vars === Kept::$expected);
    }
}

function proof_static(?array $vars = null): ?array
{
    static $kept = null;
    return $kept = $vars ?? $kept;
}

function proof_throw(array $vars, string $text): never
{
    throw new RuntimeException("thrown with $text");
}

return [
    'fiber' => new Holder(
        static function (array $vars): Fiber {
            $fiber = new Fiber(static function (array $vars): void {
                try {
                    for ($answer = null;;) {
                        $answer = $vars === Fiber::suspend($answer);
                    }
                } finally {
                    report($vars === Kept::$expected);
                }
            });
            $fiber->start($vars);
            return $fiber;
        },
        static fn (Fiber $fiber, array $expected) => $fiber->resume($expected),
        reports: true,
    ),
    'generator' => new Holder(
        static function (array $vars): Generator {
            $generator = proof_generator($vars);
            $generator->current();
            return $generator;
        },
        static fn (Generator $generator, array $expected) => $generator->send($expected),
        reports: true,
    ),
    'static' => new Holder(
        static fn (array $vars) => proof_static($vars) === $vars,
        static fn ($kept, array $expected) => proof_static() === $expected,
    ),
    'global' => new Holder(
        static function (array $vars): void { $GLOBALS['proof_global'] = $vars; $GLOBALS[$vars['name']] = $vars['text']; },
        static fn ($kept, array $expected) => [$GLOBALS['proof_global'], $GLOBALS[$expected['name']]] === [$expected, $expected['text']],
    ),
    'closure' => new Holder(
        static fn (array $vars) => static fn (array $expected) => $vars === $expected,
        static fn (Closure $closure, array $expected) => $closure($expected),
    ),
    'closure by reference' => new Holder(
        static fn (array $vars) => static function (array $expected) use (&$vars): bool { $vars['mine'] ??= []; $vars['mine'][] = 1; return ['mine' => null] + $vars != $expected && array_slice($vars, 0, -1) === $expected; },
        static fn (Closure $closure, array $expected) => $closure($expected),
    ),
    'closure bound and static' => new Holder(
        static function (array $vars): Closure {
            $closure = function (): array { static $seen = []; $seen[] = $this->vars; return $seen[0]; };
            return Closure::bind($closure, new class($vars) { public function __construct(public array $vars) {} });
        },
        static fn (Closure $closure, array $expected) => $closure() === $expected,
    ),
    'first-class callable' => new Holder(
        static fn (array $vars) => [$vars['function'](...), Closure::fromCallable($vars['function']), $vars],
        static fn (array $kept, array $expected) => $kept[0]($kept[2]) === [$expected] && $kept[1](...$kept[2]['map']) === $expected['map'],
    ),
    'exception trace' => new Holder(
        static function (array $vars): Throwable {
            try {
                proof_throw($vars, $vars['text']);
            } catch (Throwable $error) {
                return new LogicException($vars['long'], 0, $error);
            }
        },
        static fn (Throwable $error, array $expected) => $error->getPrevious()->getTrace()[0]['args'] === [$expected, $expected['text']]
            && $error->getMessage() === $expected['long'] && str_contains((string) $error, $expected['text']),
    ),
    'backtrace' => new Holder(
        static fn (array $vars) => (static fn (mixed ...$given) => debug_backtrace())(...$vars['map']),
        static fn (array $trace, array $expected) => in_array($expected['map']['inner'], $trace[0]['args'], true),
    ),
    'object freed at shutdown' => new Holder(
        static function (array $vars): void {
            $object = new stdClass();
            $object->vars = $vars;
            $object->{$vars['name']} = $vars['text'];
            $object->self = $object; // only the collector, or the end, frees it
            $GLOBALS['proof_object'] = $object;
        },
        static fn ($kept, array $expected) => [$GLOBALS['proof_object']->vars, $GLOBALS['proof_object']->{$expected['name']}] === [$expected, $expected['text']],
    ),
    'WeakMap' => new Holder(
        static function (array $vars): array {
            $key = new stdClass();
            $map = new WeakMap();
            $map[$key] = $vars;
            return [$key, $map, WeakReference::create($key)];
        },
        static fn (array $kept, array $expected) => $kept[1][$kept[0]] === $expected,
    ),
    'SPL structures' => new Holder(
        static function (array $vars): array {
            $fixed = SplFixedArray::fromArray($vars['list']);
            $storage = new SplObjectStorage();
            $storage[$fixed] = $vars;
            $linked = new SplDoublyLinkedList();
            $linked->push($vars);
            $heap = new SplMinHeap();
            $heap->insert([$vars['seed'], $vars]);
            return [$fixed, $storage, $linked, $heap];
        },
        static fn (array $kept, array $expected) => $kept[0]->toArray() === $expected['list'] && $kept[1][$kept[0]] === $expected
            && $kept[2]->top() === $expected && $kept[3]->top()[1] === $expected,
    ),
    'iterators in mid-way' => new Holder(
        static function (array $vars): array {
            $object = new ArrayObject($vars);
            $iterator = $object->getIterator();
            $iterator->next();
            $deep = new RecursiveIteratorIterator(new RecursiveArrayIterator($vars), RecursiveIteratorIterator::SELF_FIRST);
            $deep->rewind();
            $caching = new CachingIterator(new ArrayIterator($vars['map']), CachingIterator::FULL_CACHE);
            $caching->next();
            return [$object, $iterator, $deep, $caching];
        },
        static function (array $kept, array $expected): mixed {
            $kept[0]['mine'] = 1;
            unset($kept[0]['mine']);
            $kept[2]->next();
            return [$kept[0]->getArrayCopy(), $kept[1]->current(), $kept[3]->current()] === [$expected, $expected['text'], "value {$expected['seed']}"] && is_string($kept[2]->key());
        },
    ),
    'iteration by reference' => new Holder(
        static fn (array $vars) => (static function () use ($vars): Generator { foreach ($vars as $key => &$value) { yield $key => $value; } })(),
        static fn (Generator $generator, array $expected) => !$generator->valid() || [$generator->key(), $generator->current()] === [$generator->key(), $expected[$generator->key()]] && ($generator->next() ?? true),
    ),
    'functions by reference' => new Holder(
        static function (array $vars): array {
            $sorted = $walked = $iterated = $vars;
            ksort($sorted);
            sort($sorted['map']['inner']['numbers']);
            array_walk_recursive($walked, static function (&$value): void { $value = [$value]; });
            foreach ($iterated as &$each) {
                $other = &$each;
            }
            extract($vars, EXTR_REFS | EXTR_PREFIX_ALL, 'x');
            $x_text .= ' mine';
            return [$sorted, $walked, $iterated, $vars, $x_text, &$x_list];
        },
        static fn (array $kept, array $expected) => array_intersect_key($kept[0], ['map' => 1, 'text' => 1, 'list' => 1]) == array_intersect_key($expected, ['map' => 1, 'text' => 1, 'list' => 1])
            && $kept[1]['text'] === [$expected['text']] && $kept[2] === $expected && $kept[4] === "{$expected['text']} mine" && $kept[5] === $expected['list'],
    ),
    'results of array functions' => new Holder(
        static fn (array $vars) => [array_merge($vars, ['more' => 1]), array_flip($vars['map']['inner']['numbers']), array_combine([$vars['name']], [$vars]), array_slice($vars, 2, 4), array_column([$vars], 'text', 'name'), array_map(null, $vars, $vars), compact('vars')],
        static fn (array $kept, array $expected) => $kept[0] === $expected + ['more' => 1] && $kept[2] === [$expected['name'] => $expected]
            && $kept[3] === array_slice($expected, 2, 4) && $kept[4] === [$expected['name'] => $expected['text']] && $kept[6] === ['vars' => $expected],
    ),
    'string operations' => new Holder(
        static fn (array $vars) => [substr($vars['text'], 2), "{$vars['text']}!", explode(' ', $vars['text']), implode($vars['name'], $vars['map']['inner']['numbers']), strtoupper($vars['name']), trim($vars['text']), $vars['text'] . '', str_replace('x', 'y', $vars['long']), strtr($vars['text'], ['zz' => 'y']), sprintf('%s', $vars['text'])],
        static fn (array $kept, array $e) => $kept === [substr($e['text'], 2), "{$e['text']}!", explode(' ', $e['text']), implode($e['name'], $e['map']['inner']['numbers']), strtoupper($e['name']), $e['text'], $e['text'], $e['long'], $e['text'], $e['text']],
    ),
    'encoders' => new Holder(
        static fn (array $vars) => [json_encode($vars), serialize($vars), var_export($vars, true), print_r($vars, true), unserialize(serialize($vars)), json_decode(json_encode($vars['map']), true), http_build_query($vars['map']), (object) $vars],
        static fn (array $kept, array $e) => $kept[0] === json_encode($e) && $kept[1] === serialize($e) && $kept[2] === var_export($e, true) && $kept[3] === print_r($e, true) && $kept[4] === $e && $kept[5] === $e['map'] && $kept[6] === http_build_query($e['map']) && (array) $kept[7] === $e,
    ),
    'strtok' => new Holder(
        static fn (array $vars) => [strtok($vars['text'], ' ')],
        static fn (array $kept) => [$kept[0], is_string(strtok(' '))] === ['a', true],
    ),
];
