<?php

// Reads the publisher's vars twice and says what is wrong with them; then writes to its own copy, which nobody must see.
function check_vars(): string
{
    $vars = frankenphp_get_vars('publisher', 20.0);
    foreach ($vars['numbers'] as $number) {
        if ($number !== $vars['turn']) return "torn: {$number} in turn {$vars['turn']}";
    }
    if ($vars['text'] !== str_repeat(chr(65 + $vars['turn'] % 26), 500)) return 'torn text';
    $vars['numbers'][] = 'mine';
    $vars['more']['deeper'] = ['x' => 1];
    sort($vars['numbers']);
    foreach ($vars as &$each) $each = null;
    unset($each);
    $again = frankenphp_get_vars('publisher');
    if (isset($again['more']) || in_array('mine', $again['numbers'], true)) return 'a write of mine is seen by others';
    return 'ok';
}
