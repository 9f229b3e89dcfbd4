<?php

/** Tells of the request, as one who is mounted somewhere sees it. */
function handle(): void
{
    if (($_GET['do'] ?? '') === 'cookies') {
        setcookie('a', '1');
        setcookie('b', '2');
        echo 'cookies';
        return;
    }
    if (($_GET['do'] ?? '') === 'server') {
        header('Content-Type: application/json');
        echo json_encode(array_filter($_SERVER, is_string(...)));
        return;
    }
    header('Content-Type: application/json');
    header('X-Php: yes');
    http_response_code(201);
    echo json_encode([
        'method' => $_SERVER['REQUEST_METHOD'],
        'uri' => $_SERVER['REQUEST_URI'],
        'script' => $_SERVER['SCRIPT_NAME'],
        'path' => $_SERVER['PATH_INFO'],
        'self' => $_SERVER['PHP_SELF'],
        'https' => $_SERVER['HTTPS'],
        'port' => $_SERVER['SERVER_PORT'],
        'tls' => [$_SERVER['SSL_PROTOCOL'], $_SERVER['SSL_CIPHER']],
        'protocol' => $_SERVER['SERVER_PROTOCOL'],
        'post' => $_POST,
        'body' => strlen(file_get_contents('php://input')),
    ]);
}
