<?php

// One request of classic.php and worker.php, by what it asks for.
function handle(): void
{
    switch ($_GET['do'] ?? '') {
        case 'early':
            echo 'early';
            fastcgi_finish_request();
            return;
        case 'ignores':
            http_response_code(403);
            echo 'no';
            return;
        case 'gzip':
            ob_start('ob_gzhandler');
            echo str_repeat('text ', 200);
            return;
        case 'warns':
            @trigger_error('a secret of one client', E_USER_WARNING);
            echo 'warned';
            return;
        case 'last-error':
            echo json_encode(error_get_last());
            return;
        case 'fatal callback':
            // Far down, so that PHP's stack has a new page when it dies.
            $down = function (int $levels) use (&$down): string {
                return $levels === 0 ? str_repeat('x', 1 << 30) : $down($levels - 1);
            };
            ob_start(fn(string $text) => $down(10_000));
            echo 'text';
            return;
        case 'deep':
            $sum = function (int $levels) use (&$sum): int {
                return $levels === 0 ? 0 : 1 + $sum($levels - 1);
            };
            echo json_encode($sum(50_000));
            return;
        case 'umask':
            echo json_encode([umask(077), umask()]);
            return;
        case 'header':
            echo json_encode([$_SERVER['HTTP_X_FROM'] ?? null, $_SERVER['FROM_ENVIRONMENT'] ?? null]);
            return;
    }
}
