<?php
header('Content-Type: application/json');
$values = [];
foreach (explode(',', $_GET['names']) as $name) $values[$name] = ini_get($name);
echo json_encode($values);
