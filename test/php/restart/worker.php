<?php

// An HTTP worker that tells which run of its script answers, and says so when it leaves.
$run = bin2hex(random_bytes(8));
$handled = 0;
register_shutdown_function(static function () use ($run): void {
    echo "shutdown function of $run\n";
});
try {
    do {
        $goOn = frankenphp_handle_request(static function () use ($run, &$handled): void {
            $handled++;
            usleep((int) ($_GET['sleep'] ?? 0));
            echo $run;
        });
    } while ($goOn);
} finally {
    echo "finally of $run after $handled\n";
}
