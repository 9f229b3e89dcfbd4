<?php

$served = 0;
while (frankenphp_handle_request(static function () use (&$served): void {
    ++$served;
    header('X-Served: ' . $served);
    $vars = frankenphp_get_vars('settings');
    echo json_encode(['id' => $_GET['id'], 'form' => $_POST, 'setting' => $vars['setting']]);
})) {
}
