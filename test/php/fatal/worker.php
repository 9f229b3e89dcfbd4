<?php

require_once __DIR__ . '/fail.php';
while (frankenphp_handle_request(fail(...))) {
}
