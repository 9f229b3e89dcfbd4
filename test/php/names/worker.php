<?php

require __DIR__ . '/ask.php';
while (frankenphp_handle_request(ask(...))) {
}
