<?php

require __DIR__ . '/attempt.php';
while (frankenphp_handle_request(answer(...))) {
}
