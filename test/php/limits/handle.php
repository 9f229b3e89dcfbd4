<?php

/** Takes its time, in the way that is asked for. */
function handle(): void
{
    switch ($_GET['do'] ?? '') {
        case 'hold':
            while (!file_exists($_GET['file'])) {
                clearstatcache();
                usleep(1000);
            }
            echo 'held';
            return;
        case 'sleep':
            sleep(60);
            return;
        case 'loop':
            while (true);
        case 'started':
            echo 'started';
            flush();
            while (true);
        case 'input':
            file_get_contents('php://input');
            return;
        case 'output':
            while (true) {
                echo str_repeat('x', 65536);
            }
        case 'socket':
            [$one, $two] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
            fgets($one);
            return;
        case 'vars':
            frankenphp_get_vars('silent', 60.0);
            return;
        case 'shutdown':
            register_shutdown_function(static fn () => file_put_contents($_GET['file'], '"shut down"'));
            while (true);
        case 'endless-shutdown':
            register_shutdown_function(static function (): void {
                while (true);
            });
            while (true);
        case 'catch':
            try {
                while (true);
            } catch (Throwable) {
            } finally {
                file_put_contents($_GET['file'], '"went on"');
            }
    }
    echo 'fine';
}
