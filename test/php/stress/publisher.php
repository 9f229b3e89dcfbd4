<?php

// Publishes the payload of its name over and over; now and then it ends, in one of the ways a script can end.
require_once __DIR__ . '/payloads.php';
$name = $_SERVER['FRANKENPHP_WORKER_NAME'];
$handle = frankenphp_get_worker_handle();
$pause = (int) getenv('STRESS_PAUSE');
try {
    $vars = frankenphp_get_vars($name, 0.0);
    $version = $vars['version']; // of the run before this one
} catch (RuntimeException) {
    $version = 0;
}
while (true) {
    ++$version;
    if ($name === 'flags' && $version % 100 !== 1) {
        // From what was published, one leaf changed: nearly all of the next snapshot is in the blocks of this one.
        $vars = frankenphp_get_vars($name);
        if (($problem = wrong($name, $vars, true)) !== null) {
            file_put_contents(getenv('STRESS_FOLDER') . '/wrong', "the publisher reads: $problem\n", FILE_APPEND);
        }
        [$group, $flag] = [intdiv($version, 7) % 20, $version % 50];
        $vars['flags'][$group]['flags'][$flag] = ['name' => "flag $group.$flag", 'on' => ($version + $flag) % 2 === 0, 'since' => $version];
        $vars['version'] = $version;
    } else {
        $vars = payload($name, $version);
    }
    frankenphp_set_vars($vars);
    if ($version % 16 === 0) {
        frankenphp_set_vars($vars); // no new version
    }
    $vars = null;
    switch (random_int(0, 2_000)) {
        case 0:
            exit(0);
        case 1:
            throw new RuntimeException("crashed as planned in version $version");
        case 2:
            exit(3);
        case 3:
            ini_set('memory_limit', '8M');
            str_repeat('x', 16 << 20); // a fatal error
    }
    $read = [$handle];
    $none = [];
    if (stream_select($read, $none, $none, 0, random_int(0, $pause)) === 1 && fgets($handle) === false) {
        return;
    }
}
