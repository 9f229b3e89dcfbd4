<?php

$body = require __DIR__ . '/body.php';
while (frankenphp_handle_request($body)) {
}
