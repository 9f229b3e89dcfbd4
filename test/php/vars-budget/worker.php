<?php

require_once __DIR__ . '/body.php';

/** The last 32 versions this script saw. */
final class Ring
{
    public static array $kept = [];
}

/** Reads until `?versions=` new ones were seen or version `?last=` is there; then looks at all that is kept. */
while (frankenphp_handle_request(static function (): void {
    $seen = 0;
    do {
        $vars = frankenphp_get_vars('told');
        if ($vars['version'] === (end(Ring::$kept)['version'] ?? 0)) {
            usleep(20);
            continue;
        }
        ++$seen;
        Ring::$kept[] = $vars;
        if (count(Ring::$kept) > 32) {
            array_shift(Ring::$kept);
        }
    } while ($seen < $_GET['versions'] && $vars['version'] < $_GET['last']);
    $wrong = 0;
    foreach (Ring::$kept as $vars) {
        ['version' => $version, 'list' => $list, 'body' => $body] = $vars;
        $wrong += $list === [$version, [$version]] && $body === body($version, strlen($body)) ? 0 : 1;
    }
    echo json_encode(['last' => $vars['version'], 'seen' => $seen, 'wrong' => $wrong]);
})) {
}
