<?php

/** Answers with what PHP sees of the request; ?do=… asks for something else. */
function respond(string $mode): void
{
    switch ($_GET['do'] ?? 'show') {
        case 'show':
            header('Content-Type: application/json');
            header('X-Mode: ' . $mode);
            echo json_encode([
                'mode' => $mode,
                'get' => $_GET,
                'post' => $_POST,
                'cookie' => $_COOKIE,
                'input' => strlen(file_get_contents('php://input')),
                'sha1' => sha1(file_get_contents('php://input')),
                'server' => array_filter($_SERVER, is_string(...)),
            ], JSON_THROW_ON_ERROR);
            break;
        case 'status':
            http_response_code((int) $_GET['status']);
            header('X-Mode: ' . $mode);
            break;
        case 'cookies':
            header('Set-Cookie: a=1');
            header('Set-Cookie: b=2', false);
            echo 'cookies';
            break;
        case 'large':
            echo str_repeat('0123456789', (int) $_GET['bytes'] / 10);
            break;
        case 'parts':
            for ($part = 0; $part < (int) $_GET['parts']; ++$part) {
                echo str_repeat((string) ($part % 10), 10_000);
                flush();
            }
            break;
        case 'bytes':
            echo "\x00\xff\xfe caf\xc3\xa9";
            break;
        case 'id':
            usleep(random_int(0, 2_000));
            echo $_GET['id'], ' ', $_SERVER['HTTP_X_ID'], ' ', $_POST['id'] ?? '';
            break;
        case 'wait':
            echo 'first';
            flush();
            while (!connection_aborted()) {
                usleep(1_000);
                echo ' ';
                flush();
            }
            break;
    }
}
