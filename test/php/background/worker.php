<?php

// A background worker that says who it is, then waits for its end. Its arguments after the name choose how it ends.
$server = array_intersect_key($_SERVER, array_flip([
    'FRANKENPHP_WORKER', 'FRANKENPHP_WORKER_NAME', 'FRANKENPHP_WORKER_BACKGROUND', 'FRANKENPHP_SIDEKICK_NAME',
    'SCRIPT_FILENAME',
]));
$handle = frankenphp_get_worker_handle();
$report = [
    'server' => $server, 'argv' => $argv, 'argc' => $argc, 'sapi' => PHP_SAPI, 'env' => getenv('COLOUR'),
    'type' => get_resource_type($handle), 'same' => $handle === frankenphp_get_worker_handle(),
    'stop' => frankenphp_sidekick_should_stop(), 'limit' => ini_get('max_execution_time'),
];
try {
    frankenphp_handle_request(static fn () => null);
    $report['refused'] = null;
} catch (RuntimeException $error) {
    $report['refused'] = $error->getMessage();
}
frankenphp_set_vars($report);

switch ($argv[2] ?? 'wait') {
    case 'wait':
        $line = fgets($handle);
        break;
    case 'select':
        do {
            $read = [$handle];
            $write = $except = null;
        } while (!stream_select($read, $write, $except, 60));
        $line = fgets($handle);
        break;
    case 'poll':
        while (!frankenphp_sidekick_should_stop()) {
            usleep(1_000);
        }
        $line = fgets($handle);
        break;
    case 'closed':
        fclose($handle);
        $again = frankenphp_get_worker_handle();
        frankenphp_set_vars($report + ['fresh' => $again !== $handle && is_resource($again) && !is_resource($handle)]);
        $line = fgets($again);
        break;
    case 'timeouts':
        ini_set('default_socket_timeout', '0');
        set_time_limit(1);
        stream_set_timeout($handle, 0, 1000);
        $line = fgets($handle);
        break;
    case 'exit':
        exit(0);
    case 'status':
        exit(3);
    case 'throw':
        throw new DomainException('no reason at all');
    case 'fatal':
        (static fn (int $number) => $number)('text');
        break;
    case 'memory':
        ini_set('memory_limit', '8M');
        $text = str_repeat('x', 64_000_000);
        break;
    case 'deep':
        // Through a function of the engine, so that it is the thread's own stack that runs out.
        $recurse = static function () use (&$recurse): void {
            array_map($recurse, [1]);
        };
        $recurse();
        break;
}
try {
    error_log('ends with ' . var_export($line, true) . ' eof ' . var_export(feof($handle), true));
} catch (TypeError) {
    error_log('ends with ' . var_export($line, true) . ' of another handle');
}
