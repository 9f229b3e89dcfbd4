<?php

require_once __DIR__ . '/sends.php';
while (frankenphp_handle_request(answer(...))) {
}
