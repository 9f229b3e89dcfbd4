<?php

require_once __DIR__ . '/echo.php';
while (frankenphp_handle_request(static fn () => answer('worker'))) {
}
