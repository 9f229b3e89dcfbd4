<?php

// A background worker that never looks at its handle. Arguments: what to be in (rows.php).
require __DIR__ . '/rows.php';

$row = $_SERVER['argv'][2];
register_shutdown_function(static fn () => error_log("shutdown of $row"));
frankenphp_set_vars(['row' => $row]);
try {
    $returned = rows()[$row]();
    error_log("return of $row");
    unset($returned);
} finally {
    error_log("finally of $row");
}
