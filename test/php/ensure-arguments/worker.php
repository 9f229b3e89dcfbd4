<?php

require __DIR__ . '/arguments.php';
while (frankenphp_handle_request(answer(...))) {
}
