<?php

require_once __DIR__ . '/work.php';
while (frankenphp_handle_request(static fn () => work('worker'))) {
}
