<?php

// Strings of the vars as the engine's names and settings.

class ProofClass
{
    public static function told(mixed ...$given): array
    {
        return $given;
    }

    public function __call(string $name, array $given): array
    {
        return [$name, $given];
    }
}

final class ProofFilter extends php_user_filter
{
    public function filter($in, $out, &$consumed, bool $closing): int
    {
        while ($bucket = stream_bucket_make_writeable($in)) {
            $consumed += $bucket->datalen;
            stream_bucket_append($out, $bucket);
        }
        return PSFS_PASS_ON;
    }
}

final class ProofWrapper
{
    public $context;
    private string $rest = '';

    public function stream_open(string $path, string $mode, int $options, ?string &$opened): bool
    {
        $this->rest = "read from $path";
        return true;
    }

    public function stream_read(int $count): string
    {
        [$part, $this->rest] = [$this->rest, ''];
        return $part;
    }

    public function stream_eof(): bool
    {
        return $this->rest === '';
    }

    public function stream_stat(): array
    {
        return [];
    }
}

return [
    'ini_set' => new Holder(
        static fn (array $vars) => array_map(static fn (string $key) => ini_set($key, $vars['text']), ['user_agent' => 'user_agent', 'from' => 'from', 'arg' => 'arg_separator.output', 'prepend' => 'error_prepend_string', 'unserialize' => 'unserialize_callback_func', 'highlight' => 'highlight.string']),
        static fn ($kept, array $expected) => [ini_get('user_agent'), ini_get('from'), ini_get('error_prepend_string')] === array_fill(0, 3, $expected['text']),
        static fn (array $expected) => ini_get('user_agent') !== $expected['text'] && ini_set('user_agent', "other {$expected['seed']}") !== $expected['text'],
    ),
    'ini_set twice' => new Holder(
        static fn (array $vars) => [ini_set('user_agent', $vars['text']), ini_set('user_agent', $vars['long']), ini_set('precision', (string) $vars['seed'])],
        static fn (array $kept, array $expected) => [$kept[1], ini_get('user_agent')] === [$expected['text'], $expected['long']] && (ini_restore('user_agent') ?? ini_set('user_agent', $expected['long'])) !== null,
    ),
    'ini_set error_log' => new Holder(
        static fn (array $vars) => [ini_set('error_log', getenv('PROOF_FOLDER') . '/log'), ini_set('error_log', "{$vars['path']}.log"), error_log($vars['text'])],
        static fn ($kept, array $expected) => str_contains((string) file_get_contents("{$expected['path']}.log"), $expected['text']),
    ),
    'define' => new Holder(
        static fn (array $vars) => [define($vars['name'], $vars), define("Text{$vars['name']}", $vars['text'])],
        static fn ($kept, array $expected) => [constant($expected['name']), constant("Text{$expected['name']}")] === [$expected, $expected['text']],
        static fn (array $expected) => !defined($expected['name']) && define($expected['name'], 1),
    ),
    'constant expressions and defaults' => new Holder(
        static function (array $vars): void {
            define('PROOF_VALUE', $vars);
            require_once __DIR__ . '/../constant.php';
            FromConstant::given();
        },
        static fn ($kept, array $e) => [FromConstant::VALUE, FromConstant::$static, (new FromConstant())->property, FromConstant::given()] === [$e, $e['list'], $e['map'], [$e, $e]],
        static function (array $expected): bool {
            if (!defined('PROOF_VALUE')) define('PROOF_VALUE', ['list' => [1], 'map' => [2]]);
            require_once __DIR__ . '/../constant.php';
            return [FromConstant::$static, FromConstant::given(3)] === [[1], [3, PROOF_VALUE]];
        },
    ),
    'class_alias' => new Holder(
        static fn (array $vars) => class_alias(ProofClass::class, $vars['name']) && class_alias($vars['name'], "Other{$vars['name']}"),
        static fn ($kept, array $expected) => [$expected['name'], 'told'](1) === [1] && class_exists("Other{$expected['name']}"),
        static fn (array $expected) => !class_exists($expected['name']) && class_alias(ProofClass::class, $expected['name']),
    ),
    'eval' => new Holder(
        static fn (array $vars) => eval("class {$vars['name']} { const TEXT = '{$vars['text']}'; function f({$vars['name']} \$a): ?{$vars['name']} { return \$a; } } function in{$vars['name']}() { return '{$vars['long']}'; } return new {$vars['name']};"),
        static fn (object $kept, array $e) => [get_class($kept), $kept::TEXT, ("in{$e['name']}")()] === [$e['name'], $e['text'], $e['long']] && $kept->f(new $e['name']()) instanceof $e['name'],
        static fn (array $expected) => !class_exists($expected['name']) && !function_exists("in{$expected['name']}"),
    ),
    'autoload' => new Holder(
        static fn (array $vars) => [spl_autoload_register(static function (string $class) use ($vars): void { if ($class === $vars['name']) eval("final class $class {}"); }), class_exists($vars['name']), class_exists("No{$vars['name']}"), spl_autoload_register($vars['function'])],
        static fn (array $kept, array $expected) => array_slice($kept, 0, 3) === [true, true, false] && new $expected['name']() instanceof $expected['name'],
        static fn (array $expected) => !class_exists($expected['name']),
    ),
    'dynamic calls' => new Holder(
        static fn (array $vars) => [$vars['function']($vars), call_user_func_array($vars['function'], $vars['map']), (new ProofClass())->{$vars['name']}(...$vars['map']), ('ProofClass::told')($vars), is_callable($vars['name'], true, $callable), $callable],
        static fn (array $kept, array $e) => $kept === [[$e], $e['map'], [$e['name'], $e['map']], [$e], true, $e['name']],
    ),
    'names of variables, properties and keys' => new Holder(
        static function (array $vars): array {
            ${$vars['name']} = $vars['text'];
            $object = new #[AllowDynamicProperties] class {};
            $object->{$vars['name']} = ${$vars['name']};
            return [get_defined_vars(), $object, [$vars['name'] => 1, $vars['text'] => 2, $vars['long'] => 3], (object) [$vars['name'] => $vars['map']]];
        },
        static fn (array $kept, array $e) => [$kept[0][$e['name']], $kept[1]->{$e['name']}, $kept[2], $kept[3]->{$e['name']}] === [$e['text'], $e['text'], [$e['name'] => 1, $e['text'] => 2, $e['long'] => 3], $e['map']],
    ),
    'reflection' => new Holder(
        static fn (array $vars) => [new ReflectionFunction($vars['function']), new ReflectionMethod('ProofClass', 'told'), class_alias(ProofClass::class, $vars['name']), new ReflectionClass($vars['name'])],
        static fn (array $kept, array $expected) => [$kept[0]->invoke($expected), $kept[3]->getName()] === [[$expected], ProofClass::class],
    ),
    'handlers by name' => new Holder(
        static fn (array $vars) => [set_error_handler($vars['function']), set_exception_handler($vars['function']), header_register_callback($vars['function'])],
        static fn ($kept, array $expected) => set_error_handler(null) === $expected['function'] && set_error_handler($expected['function']) === null,
    ),
    'header' => new Holder(
        static fn (array $vars) => [header($vars['header']), setcookie($vars['name'], $vars['text']), header("X-Long: {$vars['long']}")],
        static fn () => array_filter(headers_list(), is_string(...)) === headers_list(), // a worker's next request has its own
    ),
    'putenv' => new Holder(
        static fn (array $vars) => [putenv("{$vars['name']}={$vars['text']}"), putenv("LC_{$vars['name']}=1"), getenv($vars['name'])],
        static fn (array $kept, array $expected) => [$kept[2], getenv($expected['name'])] === [$expected['text'], $expected['text']],
        static fn (array $expected) => putenv($expected['name']),
    ),
    'locale' => new Holder(
        static fn (array $vars) => [setlocale(LC_CTYPE, $vars['locale']), preg_match($vars['pattern'], "seed {$vars['seed']}!")],
        static fn (array $kept) => $kept === ['C', 1],
        static fn (array $expected) => preg_match($expected['pattern'], "seed {$expected['seed']}!") === 1,
    ),
    'time zone' => new Holder(
        static fn (array $vars) => [date_default_timezone_set($vars['zone']), new DateTimeZone($vars['zone']), new DateTimeImmutable('2026-01-01', new DateTimeZone($vars['zone'])), date_create("2026-01-01 {$vars['zone']}")],
        static fn (array $kept, array $e) => [date_default_timezone_get(), $kept[1]->getName(), $kept[2]->getTimezone()->getName(), unserialize(serialize($kept[3]))->getTimezone()->getName()] === array_fill(0, 4, $e['zone']),
        static fn (array $expected) => (new DateTimeZone($expected['zone']))->getName() === $expected['zone'] && date_default_timezone_set($expected['zone']),
    ),
    'stream wrapper' => new Holder(
        static fn (array $vars) => [stream_wrapper_register($vars['scheme'], ProofWrapper::class), fopen("{$vars['scheme']}://here", 'r')],
        static fn (array $kept, array $expected) => file_get_contents("{$expected['scheme']}://there") === "read from {$expected['scheme']}://there" && is_resource($kept[1]),
        static fn (array $expected) => !in_array($expected['scheme'], stream_get_wrappers(), true) && stream_wrapper_register($expected['scheme'], ProofWrapper::class),
    ),
    'stream filter' => new Holder(
        static function (array $vars): mixed {
            stream_filter_register($vars['scheme'], ProofFilter::class);
            $stream = fopen('php://memory', 'w+');
            stream_filter_append($stream, $vars['scheme'], STREAM_FILTER_WRITE, $vars);
            fwrite($stream, $vars['long']);
            return $stream;
        },
        static fn ($stream, array $expected) => rewind($stream) && stream_get_contents($stream) === $expected['long'],
        static fn (array $expected) => stream_filter_register($expected['scheme'], ProofFilter::class),
    ),
    'stream context' => new Holder(
        static function (array $vars): array {
            stream_context_set_default(['http' => ['header' => $vars['header'], 'content' => $vars['long']], $vars['scheme'] => $vars['map']]);
            $context = stream_context_create([$vars['scheme'] => $vars], ['notification' => $vars['function']]);
            return [$context, fopen('php://memory', 'r', false, $context)];
        },
        static fn (array $kept, array $e) => [stream_context_get_options($kept[0]), stream_context_get_default()] == [[$e['scheme'] => $e], stream_context_get_default()]
            && stream_context_get_options(stream_context_get_default())[$e['scheme']] === $e['map'],
        static fn (array $expected) => !isset(stream_context_get_options(stream_context_get_default())[$expected['scheme']]),
    ),
    'output_add_rewrite_var' => new Holder(
        static fn (array $vars) => output_add_rewrite_var($vars['name'], $vars['text']),
        static fn () => true,
        static fn () => output_reset_rewrite_vars() || true,
    ),
    'assert' => new Holder(
        static fn (array $vars) => (static function () use ($vars): string { try { assert(false, $vars['text']); } catch (AssertionError $error) { return $error->getMessage(); } return $vars['text']; })(),
        static fn (string $kept, array $expected) => $kept === $expected['text'],
    ),
];
