<?php

require __DIR__ . '/respond.php';
while (frankenphp_handle_request(respond(...))) {
}
