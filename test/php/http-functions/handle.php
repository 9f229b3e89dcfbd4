<?php

/** One request that uses the functions of HTTP. */
function handle(): void
{
    switch ($_GET['do'] ?? '') {
        case 'flush':
            for ($part = 0; $part < 3; ++$part) {
                echo "part $part;";
                flush();
                while (!file_exists($_GET['file'] . $part)) {
                    clearstatcache();
                    usleep(1000);
                }
            }
            return;
        case 'hints':
            header('Link: </style.css>; rel=preload; as=style');
            header('X-Hint: one', false);
            $sent = headers_send(103);
            header('Link: </app.js>; rel=preload; as=script', false);
            headers_send(103);
            http_response_code(201);
            echo json_encode([$sent, http_response_code(), headers_sent()]);
            return;
        case 'hints-late':
            echo 'body';
            flush();
            echo headers_send(103);
            return;
        case 'headers-send':
            http_response_code(202);
            header('X-Early: yes');
            echo headers_send(202) === 1 && headers_sent() ? 'sent' : 'not sent';
            return;
        case 'no-link':
            header('X-Hint: one');
            headers_send(103);
            headers_send(102);
            headers_send(150);
            header('Link: not a link at all');
            headers_send(103);
            echo 'fine';
            return;
        case 'final-103':
            http_response_code(103);
            echo 'never informational';
            return;
        case 'finish':
            header('X-Before: yes');
            ob_start();
            echo 'answer';
            $first = frankenphp_finish_request();
            header('X-After: no');
            echo 'lost';
            flush();
            $input = file_get_contents('php://input');
            file_put_contents($_GET['file'], json_encode([$first, fastcgi_finish_request(), connection_status(), strlen($input), headers_sent()]));
            return;
        case 'finish-gone':
            $status = static fn (): int => connection_status();
            while ($_GET['wait'] && !file_exists($_GET['file'] . '.gone')) {
                clearstatcache();
                usleep(1000);
            }
            frankenphp_finish_request();
            for ($time = 0; $time < 100; ++$time) {
                echo 'more';
                flush();
            }
            file_put_contents($_GET['file'], json_encode($status()));
            return;
        case 'abort':
            ignore_user_abort((bool) ($_GET['ignore'] ?? true));
            register_shutdown_function(static function (): void {
                file_put_contents($_GET['file'], json_encode([connection_aborted(), connection_status()]));
            });
            echo 'started';
            flush();
            for ($time = 0; $time < 10_000 && !connection_aborted(); ++$time) {
                echo str_repeat('x', 100);
                flush();
                usleep(1000);
            }
            file_put_contents($_GET['file'] . '.on', 'went on');
            return;
        case 'request-headers':
            echo json_encode([frankenphp_request_headers(), apache_request_headers() === getallheaders()]);
            return;
        case 'response-headers':
            header('X-One: 1');
            header('x-two:2');
            header('X-Three: a: b');
            header('HTTP/1.1 203 Other');
            echo json_encode([frankenphp_response_headers(), apache_response_headers() === frankenphp_response_headers()]);
            return;
        case 'log':
            frankenphp_log('plain');
            frankenphp_log('debug', FRANKENPHP_LOG_LEVEL_DEBUG);
            frankenphp_log('warn', FRANKENPHP_LOG_LEVEL_WARN, ['who' => 'me', 'list' => [1, 2.0, null], 'worker' => 'forged']);
            frankenphp_log('error', FRANKENPHP_LOG_LEVEL_ERROR);
            frankenphp_log('beyond', PHP_INT_MAX);
            frankenphp_log('between', 2);
            frankenphp_log("bytes \xff", 0, ["k\xff" => "v\xff"]);
            try {
                frankenphp_log('never', 0, ['stream' => a_stream()]);
            } catch (RuntimeException $error) {
                echo $error->getMessage();
            }
            return;
        case 'length':
            header('Content-Length: ' . $_GET['length']);
            echo 'ten bytes.';
            if (isset($_GET['flush'])) {
                flush();
            }
            echo $_GET['more'] ?? '';
            return;
        case 'status':
            http_response_code((int) $_GET['status']);
            echo 'a body';
            return;
        case 'head':
            http_response_code((int) $_GET['status']);
            foreach ($_GET['headers'] ?? [] as $line) {
                header($line, false);
            }
            if (isset($_GET['flush'])) {
                flush();
            }
            echo 'whole';
            return;
        case 'injection':
            @header("X-Bad: a\r\nX-Injected: yes");
            @header("X-Nul: a\0b");
            header('Transfer-Encoding: chunked');
            header('Bad Name: x');
            header('X-Good: yes');
            echo 'ok';
            return;
    }
}

function a_stream()
{
    return fopen('php://memory', 'r');
}
