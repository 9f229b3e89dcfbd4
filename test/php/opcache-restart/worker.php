<?php
require __DIR__ . '/answer.php';
while (frankenphp_handle_request(static function (): void {
    echo answer(explode(',', $_GET['parts']), $_GET['root']);
}));
