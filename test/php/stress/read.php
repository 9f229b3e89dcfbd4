<?php

require_once __DIR__ . '/payloads.php';

/** Reads, checks, writes to what it has read, keeps some of it and looks at what it kept; says what is wrong, or `ok`. */
function stress(): string
{
    static $kept = [];
    $reads = 0;
    for ($turn = random_int(1, 6); $turn > 0; --$turn) {
        $name = PAYLOADS[random_int(0, 19) === 0 ? 2 : [0, 1, 3, 4][random_int(0, 3)]];
        $vars = frankenphp_get_vars($name);
        ++$reads;
        $problem = wrong($name, $vars, random_int(0, 9) === 0);
        if ($problem !== null) {
            return $problem;
        }
        if ($name === 'settings' && (include $vars['include']) !== $vars['version'] % 20) {
            return "the include of settings {$vars['version']}";
        }
        $mine = $vars;
        write($mine);
        $problem = wrong($name, $vars, false) ?? wrong($name, frankenphp_get_vars($name), false);
        if ($problem !== null) {
            return "after a write: $problem";
        }
        $kept[random_int(0, 3)] = [$name, $vars];
        unset($mine, $vars);
    }
    foreach ($kept as [$name, $vars]) {
        $problem = wrong($name, $vars, false);
        if ($problem !== null) {
            return "kept over publishes: $problem";
        }
    }
    if (random_int(0, 9) === 0) {
        $all = frankenphp_get_vars(PAYLOADS);
        foreach ($all as $name => $vars) {
            $problem = wrong($name, $vars, false);
            if ($problem !== null) {
                return "of several: $problem";
            }
        }
    }
    switch (random_int(0, 199)) {
        case 0:
            opcache_reset();
            break;
        case 1:
        case 2:
            opcache_invalidate(getenv('STRESS_FOLDER') . '/link/part' . random_int(0, 19) . '.php', true);
            break;
        case 3:
            $GLOBALS['kept at the end'] = $kept;
            register_shutdown_function(static fn () => array_map(static fn (array $each) => wrong($each[0], $each[1], false) === null ? null : throw new LogicException('kept too short'), $GLOBALS['kept at the end']));
    }
    return "ok $reads";
}

function write(array &$vars): void
{
    $list = array_key_last($vars);
    switch (random_int(0, 9)) {
        case 0:
            $vars['version'] = -1;
            break;
        case 1:
            foreach ($vars as &$value) {
                $value = null;
            }
            break;
        case 2:
            is_array($vars[$list]) ? sort($vars[$list]) : $vars[$list][0] = 'X';
            break;
        case 3:
            array_walk($vars, static function (&$value): void { $value = [$value]; });
            break;
        case 4:
            is_array($vars[$list]) ? $vars[$list][] = 'mine' : $vars[$list] .= 'mine';
            break;
        case 5:
            $vars = array_merge($vars, ['version' => 0]);
            break;
        case 6:
            is_array($vars[$list]) ? array_shift($vars[$list]) : $vars = array_reverse($vars);
            break;
        case 7:
            extract($vars, EXTR_REFS);
            $version = -2;
            break;
        case 8:
            unset($vars['version']);
            break;
        case 9:
            $vars['flags'][3]['flags'][7]['since'] = -1;
            $vars['numbers'][5] = 'mine';
            break;
    }
}
