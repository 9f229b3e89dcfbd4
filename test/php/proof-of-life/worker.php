<?php

require_once __DIR__ . '/proof.php';
$over = false;
$handler = static function () use (&$over): void {
    $over = answer();
};
while (!$over && frankenphp_handle_request($handler)) {
}
