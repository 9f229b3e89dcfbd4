<?php

// An HTTP worker: this part runs once per instance, the handler once per request. Under FrankenPHP as it is.

require_once __DIR__ . '/../src/ConfigStore.php';

frankenphp_ensure_background_worker('config-watcher');

$instance = bin2hex(random_bytes(3)); // which of the two answers
$requests = 0;

$respond = static function (int $status, array $body): void {
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRETTY_PRINT), "\n";
};

/** GET /php: the live values, as this thread sees them. */
$show = static function () use ($respond, $instance, &$requests): void {
    $a = frankenphp_get_vars('config-watcher'); // the shared array itself: no copy, no call to the other thread
    $b = frankenphp_get_vars('config-watcher');

    $started = hrtime(true);
    for ($reads = 0; $reads < 1000; ++$reads) {
        frankenphp_get_vars('config-watcher');
    }
    $nanoseconds = (hrtime(true) - $started) / 1000;

    $respond(200, [...$a, 'instance' => $instance, 'requests' => $requests, 'same' => $a === $b, 'nanoseconds' => $nanoseconds]);
};

/** POST /change with {"greeting": "…", …}: writes where the background worker will find it. */
$change = static function () use ($respond): void {
    // Any web page may send a form to this address, but JSON only with a permission that nobody gives.
    if (!str_starts_with($_SERVER['CONTENT_TYPE'] ?? '', 'application/json')) {
        $respond(415, ['error' => 'send application/json']);
        return;
    }
    try {
        $changes = json_decode(file_get_contents('php://input'), true, 16, JSON_THROW_ON_ERROR);
        $respond(200, ['config' => ConfigStore::fromEnvironment()->change(is_array($changes) ? $changes : [])]);
    } catch (JsonException | InvalidArgumentException $exception) {
        $respond(422, ['error' => $exception->getMessage()]);
    } catch (RuntimeException $exception) {
        $respond(503, ['error' => $exception->getMessage()]);
    }
};

$handler = static function () use ($respond, $show, $change, &$requests): void {
    ++$requests;
    match ($_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
        'GET /php' => $show(),
        'POST /change' => $change(),
        default => $respond(404, ['error' => 'there are GET /, GET /php, GET /js and POST /change']),
    };
};

while (frankenphp_handle_request($handler)) {
    gc_collect_cycles();
}
