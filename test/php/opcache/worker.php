<?php

require_once __DIR__ . '/look.php';
while (frankenphp_handle_request(look(...))) {
}
