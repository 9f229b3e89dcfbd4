<?php

require_once __DIR__ . '/write.php';
while (frankenphp_handle_request(write(...))) {
}
