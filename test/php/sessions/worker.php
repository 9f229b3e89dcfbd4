<?php

require_once __DIR__ . '/handle.php';
while (frankenphp_handle_request(handle(...)));
