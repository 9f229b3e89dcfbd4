<?php
require __DIR__ . '/check.php';
$handler = static function (): void {
    echo "turn {$_GET['turn']} body ", strlen(file_get_contents('php://input')), ' ', check_vars();
};
while (frankenphp_handle_request($handler)) {
}
