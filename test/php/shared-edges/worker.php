<?php

require_once __DIR__ . '/Suit.php';
$stream = frankenphp_get_worker_handle();
switch ($_SERVER['FRANKENPHP_WORKER_NAME']) {
    case 'enum':
        frankenphp_set_vars(['suit' => Suit::Hearts]);
        break;
    case 'layouts':
        frankenphp_set_vars(['x' => 1, 'y' => [1, 2]]);
        $same = ['x' => 1, 'gone' => 1, 'y' => [0 => 1, 'gone' => 0, 1 => 2]]; // holes, and a hash where a list was
        unset($same['gone'], $same['y']['gone']);
        frankenphp_set_vars($same);
        next($same);
        frankenphp_set_vars($same);
        frankenphp_set_vars(['x' => 1.0, 'y' => [1, 2]]); // not the same: a float
        break;
    default:
        frankenphp_set_vars(['name' => $_SERVER['FRANKENPHP_WORKER_NAME']]);
}
while (fgets($stream) !== false) {
}
