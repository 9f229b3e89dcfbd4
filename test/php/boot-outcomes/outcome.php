<?php

// A background worker that comes to the end that OUTCOME names. RUNS is a file with a byte for each run.
file_put_contents(getenv('RUNS'), '.', FILE_APPEND);
$run = strlen(file_get_contents(getenv('RUNS')));
switch (getenv('OUTCOME')) {
    case 'throws':
        throw new LogicException('no settings');
    case 'warns and exits 3':
        trigger_error('nothing to work with', E_USER_WARNING);
        exit(3);
    case 'throws twice':
        if ($run <= 2) {
            throw new LogicException('no settings yet');
        }
        break;
    case 'is ready, then throws':
        frankenphp_set_vars(['run' => $run]);
        throw new LogicException('no more settings');
    case 'is ready once, then never again':
        if ($run === 1) {
            frankenphp_set_vars(['run' => $run]);
        }
        throw new LogicException('no more settings');
    case 'exits 0':
        exit(0);
    case 'hangs':
        usleep(60_000_000);
}
frankenphp_set_vars(['run' => $run]);
fgets(frankenphp_get_worker_handle());
