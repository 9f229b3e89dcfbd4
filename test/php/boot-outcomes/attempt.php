<?php

/**
 * Asks for workers and tells what came of it, and in how many seconds.
 *
 * @return array{result?: null, error?: class-string, message?: string, seconds: float}
 */
function attempt(array|string $names, ?float $timeout): array
{
    $started = hrtime(true);
    try {
        frankenphp_ensure_background_worker($names, $timeout);
        $answer = ['result' => null];
    } catch (Exception $error) {
        $answer = ['error' => $error::class, 'message' => $error->getMessage()];
    }
    return $answer + ['seconds' => (hrtime(true) - $started) / 1e9];
}

/** What `?name=&timeout=` ask for. */
function answer(): void
{
    $names = explode(' ', $_GET['name']);
    $timeout = isset($_GET['timeout']) ? (float) $_GET['timeout'] : null;
    echo json_encode(attempt(count($names) === 1 ? $names[0] : $names, $timeout), JSON_THROW_ON_ERROR);
}
