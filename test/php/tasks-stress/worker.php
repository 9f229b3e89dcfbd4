<?php

require_once __DIR__ . '/send.php';
while (frankenphp_handle_request(answer(...))) {
}
