<?php

/**
 * The functions that scripts see; arginfo.h declares them to the engine. None exists in a plain CLI.
 */

/** Publishes this background worker's vars, replacing what it published before. */
function frankenphp_set_vars(array $vars): void {}

/**
 * The vars that the background worker `$name` published: the shared array itself, not a copy. Waits for the first
 * publish, starting the worker if need be; `$timeout` in seconds, null: 30, 0.0: a pure read.
 *
 * @param string|list<string> $name with a list, the result is a map by name
 */
function frankenphp_get_vars(string|array $name, ?float $timeout = null): array {}

/** Starts the named background workers that do not run, and returns when each is ready. */
function frankenphp_ensure_background_worker(string|array $name, ?float $timeout = null): void {}

/** @return resource a stream that ends when this background worker must stop */
function frankenphp_get_worker_handle() {}

/**
 * The first iteration's handle: the same stream, which gives the line "stop" before it ends.
 *
 * @return resource
 */
function frankenphp_worker_get_signaling_stream() {}

/** Whether this background worker must stop. */
function frankenphp_sidekick_should_stop(): bool {}

/** @alias frankenphp_set_vars */
function frankenphp_sidekick_set_vars(array $vars): void {}

/** @alias frankenphp_get_vars */
function frankenphp_sidekick_get_vars(string|array $name, ?float $timeout = null): array {}

/** Waits for the next request and has `$callback` handle it; false: leave the loop. */
function frankenphp_handle_request(callable $callback): bool {}

/** Ends the response; the script goes on. */
function frankenphp_finish_request(): bool {}

/** @alias frankenphp_finish_request */
function fastcgi_finish_request(): bool {}

/**
 * Sends an informational response (1xx) with the headers set so far; the response itself is still to come. Any other
 * status: sends the headers of the response.
 *
 * @return int 1: sent
 */
function headers_send(int $status = 200): int {}

/** The headers of the request; those sent several times are joined with ", ". */
function frankenphp_request_headers(): array {}

/** @alias frankenphp_request_headers */
function apache_request_headers(): array {}

/** @alias frankenphp_request_headers */
function getallheaders(): array {}

/** The headers that the script has set so far. */
function frankenphp_response_headers(): array {}

/** @alias frankenphp_response_headers */
function apache_response_headers(): array {}

/**
 * Writes a line to the log, at one of the levels FRANKENPHP_LOG_LEVEL_DEBUG (-4), _INFO (0), _WARN (4), _ERROR (8) or
 * any between or beyond, with `$context` as its fields.
 *
 * @param array<string, mixed> $context what json_encode() takes; anything else is a RuntimeException
 */
function frankenphp_log(string $message, int $level = 0, array $context = []): void {}

/**
 * Sends a task to the background worker `$name`, starting it if need be, and returns when its queue has accepted it.
 * `$timeout` in seconds. Closing the stream, or letting go of it, cancels the task.
 *
 * @return resource readable when frankenphp_worker_task_read() has something to return
 */
function frankenphp_worker_task_send(string $name, array $payload, float $timeout = 30.0) {}

/**
 * The next update of a task that was sent, waiting for it; null when the worker has completed the task.
 *
 * @param resource $stream
 */
function frankenphp_worker_task_read($stream): ?array {}

/**
 * The next task for this background worker, or null; does not wait. fclose() on the stream completes the task.
 *
 * @return array{resource, array}|null the task's stream, readable when its sender has left, and its payload
 */
function frankenphp_worker_task_receive(): ?array {}

/**
 * Sends an update of a received task to its sender; waits while 16 are unread.
 *
 * @param resource $stream
 */
function frankenphp_worker_task_update($stream, array $data): void {}
