<?php

require __DIR__ . '/handle.php';
while (frankenphp_handle_request(handle(...))) {
}
