<?php

require_once __DIR__ . '/work.php';
$handler = static function (): void {
    work(basename(explode('?', $_SERVER['REQUEST_URI'], 2)[0], '.php'));
};
while (frankenphp_handle_request($handler)) {
}
