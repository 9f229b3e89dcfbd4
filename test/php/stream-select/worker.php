<?php

require_once __DIR__ . '/select.php';
while (frankenphp_handle_request(answer(...))) {
}
