<?php

// An HTTP worker that knows nothing of sidekicks: it asks its library, and the library does the rest.

use Acme\FeatureFlags\Flags;

require __DIR__ . '/../vendor/autoload.php';

/** GET /flags?user=ada: each flag and whether it is on for that user. */
$flags = static function (string $user): void {
    $state = Flags::state();
    $on = [];
    foreach ($state['flags'] as $flag => $rule) {
        $on[$flag] = ['on' => Flags::isOn($flag, $user), 'rule' => $rule];
    }
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    $told = ['user' => $user, 'flags' => $on ?: new stdClass()] + array_diff_key($state, ['flags' => 0]);
    echo json_encode($told, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
};

/** GET /: the same as a page. */
$page = static function (string $user): void {
    $dark = Flags::isOn('dark-mode', $user);
    require __DIR__ . '/../page.php';
};

while (frankenphp_handle_request(static function () use ($flags, $page): void {
    $user = is_string($_GET['user'] ?? null) ? $_GET['user'] : '';
    match (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
        '/' => $page($user),
        '/flags' => $flags($user),
        default => http_response_code(404),
    };
})) {
    gc_collect_cycles();
}
