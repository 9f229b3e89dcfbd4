<?php

// The reader, in classic and in worker mode: has a holder keep vars, looks at what it keeps, and comes back when the
// script that read them is gone.
require_once __DIR__ . '/vars.php';

/** One way to keep vars longer than expected. */
final class Holder
{
    /**
     * @param Closure(array): mixed $hold takes the vars; what it returns is kept until the script ends
     * @param ?Closure(mixed, array): mixed $look true: what is kept is still right, given the same vars built anew
     * @param ?Closure(array): mixed $after true: another script on the thread is served well by what the engine cached
     * @param bool $reports whether it says something at the end of the script, when nothing can be answered any more
     */
    public function __construct(
        public readonly Closure $hold,
        public readonly ?Closure $look = null,
        public readonly ?Closure $after = null,
        public readonly bool $reports = false,
    ) {
    }
}

/** What the script keeps. */
final class Kept
{
    public static mixed $value = null;
    public static array $expected = [];
    public static string $holder = '';
    public static string $report = '';
}

/** For what runs when the response is gone. */
function report(mixed $ok): void
{
    $line = json_encode([Kept::$holder, Kept::$expected['seed'], $ok], JSON_PARTIAL_OUTPUT_ON_ERROR);
    file_put_contents(Kept::$report, "$line\n", FILE_APPEND);
}

function holders(): array
{
    static $holders = null;
    if ($holders === null) {
        $holders = [];
        foreach (['values', 'ends', 'names', 'files', 'extensions'] as $part) {
            $holders += require __DIR__ . "/holders/$part.php";
        }
    }
    return $holders;
}

/** True: the worker's loop must end. */
function answer(): bool
{
    if ($_GET['do'] === 'end') {
        return true;
    }
    $holder = holders()[$_GET['holder']] ?? null;
    $expected = vars_of((int) $_GET['seed']);
    $answer = match ($_GET['do']) {
        'hold' => hold($holder, $expected),
        'look' => look($holder, $expected),
        'after' => $holder->after === null ? true : ($holder->after)($expected),
        'reports' => $holder->reports,
        'jit' => opcache_get_status(false)['jit']['on'],
    };
    echo json_encode($answer, JSON_PARTIAL_OUTPUT_ON_ERROR), "\n";
    return false;
}

function hold(Holder $holder, array $expected): mixed
{
    Kept::$holder = $_GET['holder'];
    Kept::$expected = $expected;
    Kept::$report = getenv('PROOF_REPORT');
    $vars = frankenphp_get_vars('told');
    if ($vars !== $expected) {
        return 'not the vars of this seed';
    }
    // In the end once more, when request shutdown has begun.
    register_shutdown_function(static fn () => report(look($holder, Kept::$expected)));
    Kept::$value = ($holder->hold)($vars);
    unset($vars);
    echo "held\n";
    if (ob_get_level() > 0) {
        ob_flush();
    }
    flush();
    for ($deadline = microtime(true) + 20; (frankenphp_get_vars('told')['seed'] ?? 0) === $expected['seed'];) {
        if (microtime(true) > $deadline) {
            return 'nothing else was published';
        }
        usleep(100);
    }
    $answer = look($holder, $expected);
    report($answer); // the client may have been sent away already
    return $answer;
}

function look(Holder $holder, array $expected): mixed
{
    return $holder->look === null ? Kept::$value === $expected : ($holder->look)(Kept::$value, $expected);
}

/** Named by the vars, as function, handler and callback. */
function tell_seed(mixed ...$arguments): array
{
    return $arguments;
}
