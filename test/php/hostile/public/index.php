<?php // front controller
require_once __DIR__ . "/handle.php";
handle();
