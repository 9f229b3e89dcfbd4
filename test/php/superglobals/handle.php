<?php

final class Kept
{
    public static int $count = 0;
}

/** Destroyed when nothing refers to it, which the log shows. */
final class Ends
{
    public function __destruct()
    {
        error_log('destructed');
    }
}

/** One request: tells of the state that it finds, and leaves some behind. */
function handle(): void
{
    static $calls = 0;
    header('Content-Type: application/json');
    switch ($_GET['do'] ?? '') {
        case 'leave':
            $GLOBALS['left'] = 'a global';
            $_ENV['LEFT'] = 'in $_ENV';
            $_GET['left'] = $_POST['left'] = $_COOKIE['left'] = $_FILES['left'] = $_SERVER['LEFT'] = $_REQUEST['left'] = 'left';
            putenv('LEFT=in the environment');
            ini_set('precision', '7');
            set_error_handler(static fn (int $level, string $message): bool => error_log("handled: $message"));
            http_response_code(202);
            header('X-Left: header');
            setcookie('left', 'cookie');
            ob_start(static fn (string $output): string => strtoupper($output));
            ob_start();
            echo json_encode(['left' => ++$calls + Kept::$count++]);
            return;
        case 'look':
            echo json_encode([
                'get' => $_GET,
                'post' => $_POST,
                'cookie' => $_COOKIE,
                'files' => $_FILES,
                'request' => $_REQUEST,
                'server' => $_SERVER['LEFT'] ?? null,
                'session' => $_SESSION ?? null,
                'env' => $_ENV['LEFT'] ?? null,
                'getenv' => getenv('LEFT'),
                'global' => $GLOBALS['left'] ?? null,
                'static' => $calls,
                'class' => Kept::$count,
                'precision' => ini_get('precision'),
                'status' => http_response_code(),
                'headers' => headers_list(),
                'levels' => ob_get_level(),
                'worker' => $_SERVER['FRANKENPHP_WORKER'] ?? null,
            ]);
            return;
        case 'session':
            session_start(['save_path' => $_GET['path'], 'use_strict_mode' => 1]);
            $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
            echo json_encode(['id' => session_id(), 'count' => $_SESSION['count']]);
            return;
        case 'session-handler':
            session_set_save_handler(new class implements SessionHandlerInterface {
                public function open(string $path, string $name): bool { return true; }
                public function close(): bool { return true; }
                public function read(string $id): string|false { return 'who|s:4:"mine";'; }
                public function write(string $id, string $data): bool { error_log("written: $data"); return true; }
                public function destroy(string $id): bool { return true; }
                public function gc(int $lifetime): int|false { return 0; }
            }, true);
            session_id('fixed');
            session_start();
            $_SESSION['more'] = 1;
            echo json_encode($_SESSION);
            return;
        case 'throw':
            new Ends();
            echo 'before ';
            throw new RuntimeException('thrown in a handler');
        case 'error-handler':
            set_exception_handler(static function (Throwable $error): void { echo 'handled ', $error->getMessage(); });
            throw new RuntimeException('for the handler');
        case 'exit':
            http_response_code((int) ($_GET['status'] ?? 200));
            register_shutdown_function(static fn () => error_log('shut down'));
            ob_start();
            echo 'exited';
            exit((int) ($_GET['code'] ?? 0));
        case 'die':
            http_response_code(500);
            die('died');
        case 'fatal':
            echo 'before ';
            undefined_function();
        case 'memory':
            ini_set('memory_limit', '8M');
            str_repeat('x', 32 << 20);
            return;
        case 'deep':
            (static function (): void { $f = static function () use (&$f) { return $f(); }; $f(); })();
            return;
        case 'warn':
            echo json_encode(trigger_error('a warning', E_USER_WARNING));
            return;
        case 'input':
            parse_str(str_repeat('a[]=1&', 5), $parsed);
            echo json_encode(count($parsed['a']));
            return;
        case 'boot':
            echo json_encode($GLOBALS['boot'] ?? null);
            return;
    }
    echo 'null';
}
