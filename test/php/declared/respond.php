<?php

/** Has `?do=` done: names are asked for, or their vars are read; in how many seconds. */
function respond(): void
{
    $started = hrtime(true);
    $timeout = isset($_GET['timeout']) ? (float) $_GET['timeout'] : null;
    $names = explode(' ', $_GET['names']);
    try {
        $result = match ($_GET['do']) {
            'ensure' => frankenphp_ensure_background_worker($names, $timeout),
            'get' => frankenphp_get_vars($names, $timeout),
        };
        $answer = ['result' => $result];
    } catch (RuntimeException $error) {
        $answer = ['error' => $error::class, 'message' => $error->getMessage()];
    }
    echo json_encode($answer + ['seconds' => (hrtime(true) - $started) / 1e9], JSON_THROW_ON_ERROR);
}
