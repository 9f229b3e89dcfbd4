<?php
require __DIR__ . '/check.php';
echo "turn {$_GET['turn']} body ", strlen(file_get_contents('php://input')), ' ', check_vars();
