<?php

require_once __DIR__ . '/read.php';
while (frankenphp_handle_request(static function (): void { echo stress(); })) {
}
