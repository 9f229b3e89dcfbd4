<?php

// The same as read.php, in an HTTP worker.

require_once __DIR__ . '/measured.php';
require_once __DIR__ . '/readers.php';

while (frankenphp_handle_request(static function (): void {
    echo json_encode($_GET['call'](...json_decode($_GET['with'], true)));
})) {
}
