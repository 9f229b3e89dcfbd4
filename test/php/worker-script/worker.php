<?php

require __DIR__ . '/functions.php';
while (frankenphp_handle_request(answer(...))) {
}
