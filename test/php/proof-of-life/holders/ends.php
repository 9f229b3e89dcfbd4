<?php

// What runs, or is freed, when the script has ended; and what is said then.

final class ProofDestructor
{
    public function __construct(private readonly array $vars, private readonly string $text)
    {
    }

    public function __destruct()
    {
        report($this->vars === Kept::$expected && $this->text === Kept::$expected['text'] && json_encode($this->vars) !== false);
    }
}

final class ProofSessions implements SessionHandlerInterface
{
    public function __construct(private readonly array $vars)
    {
    }

    public function open(string $path, string $name): bool
    {
        return true;
    }

    public function close(): bool
    {
        report($this->vars === Kept::$expected);
        return true;
    }

    public function read(string $id): string|false
    {
        return '';
    }

    public function write(string $id, string $data): bool
    {
        report([$id, $data] === [Kept::$expected['id'], 'vars|' . serialize(Kept::$expected['map'])]);
        return true;
    }

    public function destroy(string $id): bool
    {
        return true;
    }

    public function gc(int $seconds): int|false
    {
        return 0;
    }
}

return [
    'shutdown function' => new Holder(
        static fn (array $vars) => register_shutdown_function(
            static function (array $vars, string $text) use (&$kept): void { report($vars === Kept::$expected && $text === Kept::$expected['text']); },
            $vars,
            $vars['text'],
        ),
        static fn () => true,
        reports: true,
    ),
    'shutdown function by name' => new Holder(
        static fn (array $vars) => register_shutdown_function($vars['function'], ...$vars['list']),
        static fn () => true,
    ),
    'destructor' => new Holder(
        static function (array $vars): void { $GLOBALS['proof_destructor'] = new ProofDestructor($vars, $vars['text']); },
        static fn () => true,
        reports: true,
    ),
    'destructor of a cycle' => new Holder(
        static function (array $vars): void {
            $cycle = [new ProofDestructor($vars, $vars['text'])];
            $cycle[] = &$cycle;
        },
        static fn () => true,
        reports: true,
    ),
    'output callback' => new Holder(
        static fn (array $vars) => ob_start(static function (string $output) use ($vars): string { report($vars === Kept::$expected); return $output; }),
        static fn () => true,
        reports: true,
    ),
    'session handler' => new Holder(
        static function (array $vars): void {
            session_set_save_handler(new ProofSessions($vars), true);
            session_name($vars['name']);
            session_id($vars['id']);
            session_start(['use_cookies' => 0, 'cache_limiter' => '']);
            $_SESSION['vars'] = $vars['map'];
        },
        static fn ($kept, array $expected) => !isset($_SESSION) || $_SESSION === [] || $_SESSION['vars'] === $expected['map'],
        reports: true,
    ),
    'session of files' => new Holder(
        static function (array $vars): void {
            session_save_path(getenv('PROOF_FOLDER'));
            session_name($vars['name']);
            session_id($vars['id']);
            session_start(['use_cookies' => 0, 'cache_limiter' => '']);
            $_SESSION[$vars['name']] = $vars;
        },
        static fn () => true,
        static function (array $expected): bool {
            session_save_path(getenv('PROOF_FOLDER'));
            session_name($expected['name']);
            session_id($expected['id']);
            session_start(['use_cookies' => 0, 'cache_limiter' => '']);
            $found = $_SESSION;
            session_abort();
            return $found === [$expected['name'] => $expected];
        },
    ),
    'uncaught exception' => new Holder(
        static fn (array $vars) => register_shutdown_function(static fn () => proof_throw($vars, $vars['text'])),
        static fn () => true,
    ),
    'exception handler' => new Holder(
        static function (array $vars): void {
            register_shutdown_function(static fn () => proof_throw($vars, $vars['text']));
            set_exception_handler(static fn (Throwable $error) => report($error->getTrace()[0]['args'] === [Kept::$expected, Kept::$expected['text']] && $vars === Kept::$expected));
        },
        static fn () => true,
        reports: true,
    ),
    'fatal error' => new Holder(
        static fn (array $vars) => register_shutdown_function(static fn () => @trigger_error($vars['text'], E_USER_ERROR)),
        static fn () => true,
    ),
    'exit with a text' => new Holder(
        static fn (array $vars) => register_shutdown_function(static fn () => exit($vars['text'])),
        static fn () => true,
    ),
    'last error' => new Holder(
        static fn (array $vars) => @trigger_error($vars['text'], E_USER_WARNING),
        static fn ($kept, array $expected) => in_array(error_get_last()['message'] ?? null, [null, $expected['text']], true),
    ),
    'after frankenphp_finish_request()' => new Holder(
        static function (array $vars): array {
            echo "held\n";
            frankenphp_finish_request();
            return $vars;
        },
        static fn (array $kept, array $expected) => $kept === $expected && frankenphp_get_vars('told') !== $expected,
    ),
];
