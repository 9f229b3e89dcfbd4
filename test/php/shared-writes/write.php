<?php

require_once __DIR__ . '/../shared-vars/values.php';
define('WRITES', require __DIR__ . '/writes.php');

/** Does `?write=` so many times that a JIT would have compiled it; null: every read after it was as published. */
function write(): void
{
    $expected = mutable_vars((int) $_GET['seed']);
    $write = WRITES[$_GET['write']];
    $broken = null;
    for ($time = 0; $time < 20 && $broken === null; ++$time) {
        $before = frankenphp_get_vars('told');
        @$write(frankenphp_get_vars('told'));
        $mine = frankenphp_get_vars('told');
        @$write($mine);
        $broken = difference($expected, frankenphp_get_vars('told')) ?? difference($expected, $before)
            ?? ($before === frankenphp_get_vars('told') ? null : 'another array');
    }
    echo json_encode($broken);
}
