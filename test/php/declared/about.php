<?php

// A background worker that says what it is, and does what DOES says. GATE is a folder.
$name = $_SERVER['FRANKENPHP_WORKER_NAME'];
switch (getenv('DOES')) {
    case 'meet':  // boots on only when all that MEET names are booting, too: they must have been started together
        touch(getenv('GATE') . "/$name");
        foreach (explode(' ', getenv('MEET')) as $other) {
            while (!file_exists(getenv('GATE') . "/$other")) {
                usleep(1_000);
            }
        }
        break;
    case 'fail when told':
        if (file_exists(getenv('GATE') . '/fail')) {
            throw new LogicException('told to fail');
        }
        break;
    case 'hang':
        usleep(60_000_000);
}
$vars = ['name' => $name, 'colour' => getenv('COLOUR'), 'argv' => array_slice($argv, 1)];
if (getenv('DOES') === 'take turns') {
    $vars['instance'] = uniqid('', true);
}
frankenphp_set_vars($vars);
$handle = frankenphp_get_worker_handle();
do {
    $read = [$handle];
    $write = $except = null;
    $told = getenv('DOES') === 'fail when told' && file_exists(getenv('GATE') . '/fail');
} while (!$told && stream_select($read, $write, $except, 0, 10_000) === 0);
if ($told) {
    throw new LogicException('told to fail');
}
