<?php
// The autoloader runs in the middle of a read of several names, and changes one that is held by reference.
$name = 'plain';
spl_autoload_register(static function (string $class) {
    $GLOBALS['name'] = 12345;
    require_once __DIR__ . "/$class.php";
});
$vars = frankenphp_get_vars(['enum', &$name]);
echo json_encode([array_keys($vars), $vars['enum']['suit'] === Suit::Hearts, $vars['plain']['name'], $name]);
