<?php

require_once __DIR__ . '/trees.php';
while (frankenphp_handle_request(static function (): void { echo fingerprint(frankenphp_get_vars('told')); })) {
}
