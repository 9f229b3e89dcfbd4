<?php
// Answers messages in the way that they ask for, and requests with what it is.
enum Suit: string { case Hearts = 'h'; }

$count = 0;
$kept = [];
$handler = static function (mixed ...$messages) use (&$count, &$kept) {
    $count++;
    if ($messages === []) {
        echo json_encode(['request' => $_SERVER['REQUEST_URI'] ?? null, 'get' => $_GET, 'count' => $count]);
        return 'nobody gets this';
    }
    [$message] = $messages;
    if (!is_array($message) || !isset($message['do'])) return $message;
    return match ($message['do']) {
        'echo' => $message['value'],
        'type' => [get_debug_type($message['value']), var_export($message['value'], true)],
        'count' => $count,
        'keep' => count($kept[] = $message),
        'kept' => array_column($kept, 'value'),
        'world' => [
            'get' => $_GET, 'post' => $_POST, 'cookie' => $_COOKIE, 'files' => $_FILES,
            'http' => array_values(array_filter(array_keys($_SERVER), fn ($key) => str_starts_with($key, 'HTTP_')
                || in_array($key, ['REQUEST_METHOD', 'REQUEST_URI', 'FRANKENPHP_WORKER', 'QUERY_STRING']))),
            'env' => [$_SERVER['GREETING'] ?? null, getenv('GREETING')],
            'headers' => [frankenphp_request_headers(), headers_sent(), frankenphp_finish_request()],
        ],
        'print' => print $message['value'],
        'throw' => throw new DomainException('no such thing'),
        'exit' => exit($message['value']),
        'fatal' => undefined_function(),
        'object' => ['deep' => ['list' => [1, new ArrayObject()]]],
        'enum' => Suit::Hearts,
        'sleep' => usleep($message['value'] * 1000) ?? 'slept',
    };
};
while (frankenphp_handle_request($handler)) {}
