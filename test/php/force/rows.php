<?php

// What a script can be in when it has to leave: each entry would go on for a minute at least, and does not look at its
// worker handle. FORCE_SILENT is the port of a server that accepts and never says a word, FORCE_FOLDER an empty folder.

/** Rows that need an extension which not every PHP has (a sanitizer's has few). */
const NEEDS = [
    'semaphore' => 'sysvsem', 'message' => 'sysvmsg', 'tls' => 'openssl', 'curl' => 'curl', 'curl-tls' => 'curl',
    'multi-curl' => 'curl', 'mysqli' => 'mysqli', 'pdo-mysql' => 'pdo_mysql', 'ftp' => 'ftp',
];

function silent(string $scheme = 'tcp'): string
{
    return "$scheme://127.0.0.1:" . getenv('FORCE_SILENT');
}

/** @return resource a connection on which nothing ever comes, and on which PHP waits for as long as it takes */
function connection()
{
    $stream = stream_socket_client(silent());
    stream_set_timeout($stream, 3600);
    return $stream;
}

function path(string $name): string
{
    return getenv('FORCE_FOLDER') . '/' . $name . '-' . ($_SERVER['FRANKENPHP_WORKER_NAME'] ?? 'request');
}

function pipe_of_ours()
{
    $path = path('pipe');
    posix_mkfifo($path, 0600);
    return fopen($path, 'r+');
}

function endless_query(string $function = 'count'): string
{
    return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT $function(i) FROM n";
}

/** @return array{string, PDO} a database that is locked by the connection */
function locked_database(): array
{
    $path = path('database');
    $holder = new PDO("sqlite:$path");
    $holder->exec('CREATE TABLE t (a)');
    $holder->exec('BEGIN EXCLUSIVE');
    return [$path, $holder];
}

function fibonacci(int $n): int
{
    return $n < 2 ? $n : fibonacci($n - 1) + fibonacci($n - 2);
}

/** Asks a name server that never answers (test/programs/lookup.mjs). */
function look_up(): string
{
    return gethostbyname('nobody.example');
}

/** @return array<string, Closure(): mixed> */
function rows(): array
{
    return [
        // Time
        'sleep' => static fn () => sleep(60),
        'usleep' => static fn () => usleep(60_000_000),
        'nanosleep' => static fn () => time_nanosleep(60, 0),
        'sleepuntil' => static fn () => time_sleep_until(microtime(true) + 60),
        // Computing
        'loop' => static function () {
            while (true) {
            }
        },
        'recursion' => static fn () => fibonacci(60),
        'callbacks' => static fn () => array_map(static fn ($i) => array_map('md5', range(0, 99)), range(0, 999_999)),
        'generator' => static function () {
            $endless = (static function () {
                while (true) {
                    yield;
                }
            })();
            foreach ($endless as $_) {
            }
        },
        'fiber' => static fn () => (new Fiber(static function () {
            while (true) {
                usleep(1000);
            }
        }))->start(),
        'catching' => static function () {
            while (true) {
                try {
                    sleep(60);
                } catch (Throwable) {
                }
            }
        },
        // Locks
        'flock' => static function () {
            flock($held = fopen(path('lock'), 'c'), LOCK_EX);
            return flock(fopen(path('lock'), 'c'), LOCK_EX) && $held;
        },
        'session' => static function () {
            $id = 'locked-' . preg_replace('/[^a-z0-9]+/i', '-', $_SERVER['FRANKENPHP_WORKER_NAME'] ?? 'request');
            flock($held = fopen(getenv('FORCE_FOLDER') . "/sess_$id", 'c'), LOCK_EX);
            session_save_path(getenv('FORCE_FOLDER'));
            session_id($id);
            return session_start(['use_cookies' => false]) && $held;
        },
        'semaphore' => static function () {
            $semaphore = sem_get(crc32(getenv('FORCE_FOLDER')), 1);
            register_shutdown_function(static fn () => sem_remove($semaphore));
            sem_acquire($semaphore);
            return sem_acquire($semaphore);
        },
        'message' => static function () {
            $queue = msg_get_queue(crc32(getenv('FORCE_FOLDER')));
            register_shutdown_function(static fn () => msg_remove_queue($queue));
            return msg_receive($queue, 0, $type, 100, $message);
        },
        // Streams
        'fread' => static fn () => fread(connection(), 8192),
        'fgets' => static fn () => fgets(connection()),
        'contents' => static fn () => stream_get_contents(connection()),
        'fwrite' => static fn () => fwrite(connection(), str_repeat('x', 64 << 20)),
        'patient' => static function () { // reads again, whatever it is told
            for ($stream = connection();; $stream = connection()) {
                @fread($stream, 8192);
            }
        },
        'http' => static fn () => file_get_contents(silent('http'), false, stream_context_create(['http' => ['timeout' => 3600]])),
        'tls' => static fn () => stream_socket_client(silent('ssl'), $code, $text, 3600),
        'unix' => static function () {
            $listener = stream_socket_server('unix://' . path('socket'));
            $stream = stream_socket_client('unix://' . path('socket'));
            stream_set_timeout($stream, 3600);
            return fread($stream, 8192) . get_resource_id($listener);
        },
        'connect' => static function () { // to a listener whose backlog is full
            $context = stream_context_create(['socket' => ['backlog' => 1]]);
            $flags = STREAM_SERVER_BIND | STREAM_SERVER_LISTEN;
            $listener = stream_socket_server('tcp://127.0.0.1:0', $code, $text, $flags, $context);
            $address = 'tcp://' . stream_socket_get_name($listener, false);
            for ($streams = [];;) {
                $streams[] = stream_socket_client($address, $code, $text, 3600);
            }
        },
        'accept' => static fn () => stream_socket_accept(stream_socket_server('tcp://127.0.0.1:0'), 3600),
        'udp' => static function () { // whatever a stranger may send there
            $server = stream_socket_server('udp://127.0.0.1:0', $code, $text, STREAM_SERVER_BIND);
            while (stream_socket_recvfrom($server, 100) !== false) {
            }
        },
        'select' => static function () {
            $read = [connection()];
            $write = $except = null;
            return stream_select($read, $write, $except, null);
        },
        'pair' => static function () {
            $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
            stream_set_timeout($pair[0], 3600);
            return fread($pair[0], 100);
        },
        // Pipes and files
        'pipe' => static fn () => fread(pipe_of_ours(), 8192),
        'pipe-all' => static fn () => stream_get_contents(pipe_of_ours()),
        'pipe-full' => static fn () => fwrite(pipe_of_ours(), str_repeat('x', 64 << 20)),
        'fifo-open' => static fn () => posix_mkfifo(path('fifo'), 0600) && fopen(path('fifo'), 'r'),
        // Sockets of ext/sockets
        'recv' => static function () {
            socket_connect($socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP), '127.0.0.1', (int) getenv('FORCE_SILENT'));
            return socket_recv($socket, $bytes, 100, MSG_WAITALL);
        },
        'sock-select' => static function () {
            socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
            $read = [$pair[0]];
            $write = $except = null;
            return socket_select($read, $write, $except, null);
        },
        'sock-accept' => static function () {
            socket_bind($socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP), '127.0.0.1');
            socket_listen($socket);
            return socket_accept($socket);
        },
        // Clients
        'curl' => static fn () => curl_exec(curl_init(silent('http'))),
        'curl-tls' => static fn () => curl_exec(curl_init(silent('https'))),
        'multi-curl' => static function () {
            curl_multi_add_handle($multi = curl_multi_init(), curl_init(silent('http')));
            do {
                curl_multi_exec($multi, $running);
                curl_multi_select($multi, 60);
            } while ($running > 0);
        },
        'mysqli' => static fn () => mysqli_connect('127.0.0.1', 'nobody', '', '', (int) getenv('FORCE_SILENT')),
        'pdo-mysql' => static fn () => new PDO('mysql:host=127.0.0.1;port=' . getenv('FORCE_SILENT'), 'nobody'),
        'redis' => static function () { // what a client written in PHP does
            fwrite($stream = connection(), "SUBSCRIBE news\r\n");
            while (($line = fgets($stream)) !== '') {
                if ($line === false && feof($stream)) {
                    return 'the server has gone';
                }
            }
        },
        'ftp' => static fn () => ftp_connect('127.0.0.1', (int) getenv('FORCE_SILENT'), 3600),
        'sqlite' => static fn () => (new SQLite3(':memory:'))->querySingle(endless_query()),
        'pdo-sqlite' => static fn () => (new PDO('sqlite::memory:'))->query(endless_query())->fetchAll(),
        'locked-db' => static function () {
            [$path, $holder] = locked_database();
            (new PDO("sqlite:$path", null, null, [PDO::ATTR_TIMEOUT => 3600]))->exec('INSERT INTO t VALUES (1)');
            return $holder;
        },
        'udp-read' => static fn () => fread((static function () {
            stream_set_timeout($stream = stream_socket_client(silent('udp')), 3600);
            return $stream;
        })(), 100),
        'lookup' => look_up(...), // not in the table: it needs a name server of its own
        // Children
        'exec' => static fn () => exec('exec sleep 20'),
        'exec-quiet' => static fn () => exec('exec sleep 20 > /dev/null'),
        'shell-exec' => static fn () => shell_exec('exec sleep 20'),
        'passthru' => static fn () => passthru('exec sleep 20'),
        'popen' => static fn () => pclose(popen('exec sleep 20 > /dev/null', 'r')),
        'proc-read' => static function () {
            $process = proc_open(['sleep', '20'], [1 => ['pipe', 'w']], $pipes);
            return stream_get_contents($pipes[1]) . get_resource_id($process);
        },
        'proc-close' => static fn () => proc_close(proc_open(['sleep', '20'], [], $pipes)),
        // The end of a script
        'destructor' => static fn () => new class {
            public function __destruct()
            {
                sleep(60);
            }
        },
        'buffer' => static function () {
            ob_start(static fn (string $text): string => sleep(60) . $text);
            echo 'text';
        },
        'deaf-end' => static function () { // left by its script, which a shutdown function then keeps
            register_shutdown_function(static function () {
                while (true) {
                }
            });
            sleep(60);
        },
        'wait-end' => static function () {
            register_shutdown_function(static fn () => fread(connection(), 8192));
            sleep(60);
        },
    ];
}
