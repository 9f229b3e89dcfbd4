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
        case 'umask':
            echo json_encode([umask(077), umask()]);
            return;
        case 'header':
            echo json_encode([$_SERVER['HTTP_X_FROM'] ?? null, $_SERVER['FROM_ENVIRONMENT'] ?? null]);
            return;
    }
}
