<?php

/**
 * A background worker that does what the test tells it (test/support/remote.ts): one JSON line per command over the
 * unix socket `$path`, one JSON line back. Returns when the worker must stop.
 *
 * @param array<string, callable> $commands by name; what they return or throw is the answer
 */
function serve_remote(string $path, array $commands): void
{
    $handle = frankenphp_get_worker_handle();
    $socket = stream_socket_client("unix://$path") ?: throw new RuntimeException("no test listens on $path");
    fwrite($socket, json_encode(['worker' => $_SERVER['FRANKENPHP_WORKER_NAME']]) . "\n");
    while (true) {
        $read = [$handle, $socket];
        $write = $except = null;
        stream_select($read, $write, $except, null);
        if (in_array($handle, $read, true) && fgets($handle) === false) {
            return;
        }
        if (!in_array($socket, $read, true)) {
            continue;
        }
        $line = fgets($socket);
        if ($line === false) {
            return;
        }
        [$command, $arguments] = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
        try {
            $answer = ['result' => $commands[$command](...$arguments)];
        } catch (Exception|ValueError|TypeError $error) {
            $answer = ['error' => $error::class, 'message' => $error->getMessage()];
        }
        fwrite($socket, json_encode($answer, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
    }
}
