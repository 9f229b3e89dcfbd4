<?php

header('Content-Type: application/json');
$vars = frankenphp_get_vars($_GET['name']);
echo json_encode($vars);
