<?php

// Reads the vars of both publishers twice and says what is wrong with them; then writes to its own copy, which nobody must
// see, and looks at what it kept of the times before.
function check_vars(): string
{
    static $kept = [];
    foreach (['publisher', 'changes-a-leaf'] as $name) {
        $vars = frankenphp_get_vars($name, 20.0);
        $kept[random_int(0, 4)] = $vars;
        foreach ($vars['rows'] as &$row) $row['id'] = -1;
        unset($row);
        $vars['numbers'][] = 'mine';
        $vars['more']['deeper'] = ['x' => 1];
        $vars[$vars['long']] = 'hashed by all threads at the same time';
        sort($vars['numbers']);
        foreach ($vars as &$each) $each = null;
        unset($each);
        $again = frankenphp_get_vars($name);
        if (isset($again['more']) || in_array('mine', $again['numbers'], true)) return 'a write of mine is seen by others';
        $kept[5] = frankenphp_get_vars(['changes-a-leaf', 'publisher'])[$name];
    }
    $packed = frankenphp_get_vars('packed', 20.0);
    if (count(array_unique($packed)) > 1) return 'torn list from the host';
    foreach ($kept as $vars) {
        $wrong = wrong($vars);
        if ($wrong !== null) return $wrong;
    }
    return 'ok';
}

function wrong(array $vars): ?string
{
    foreach ($vars['numbers'] as $number) {
        if ($number !== $vars['turn']) return "torn: {$number} in turn {$vars['turn']}";
    }
    if ($vars['nested'] !== ['a' => ['b' => [$vars['turn']]], 'empty' => []]) return 'torn nested array';
    foreach ($vars['rows'] as $number => ['id' => $id, 'names' => $names]) {
        if ($id !== $number + 1 || $names[0] !== "row $id") return "torn row $number";
    }
    return $vars['text'] === str_repeat(chr(65 + $vars['turn'] % 26), 500) ? null : 'torn text';
}
