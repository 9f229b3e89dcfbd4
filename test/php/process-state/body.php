<?php

// Changes what is a process's elsewhere, and tells what came of it.
return static function (): void {
    header('Content-Type: application/json');
    echo json_encode(match ($_GET['do']) {
        'locale' => [
            'ctype' => setlocale(LC_CTYPE, 0),
            'numeric' => setlocale(LC_NUMERIC, '0'),
            'all' => $before = setlocale(LC_ALL, 0),
            'unknown' => setlocale(LC_ALL, 'xx_XX'),
            'tried' => setlocale(LC_ALL, ['xx_XX', 'C'], 'C.UTF-8'),
            'now' => setlocale(LC_ALL, 0),
            'second' => setlocale(LC_TIME, 'yy_YY', 'C.UTF-8'),
            'mixed' => str_contains(setlocale(LC_ALL, 0), 'LC_TIME=C.UTF-8;'),
            'restored' => setlocale(LC_ALL, $before) === $before && setlocale(LC_ALL, 0) === $before,
            'category' => setlocale(4711, 'C'),
            'environment' => putenv('LC_TIME=C.UTF-8') ? setlocale(LC_TIME, '') : null,
        ],
        'set' => setlocale(LC_ALL, $_GET['locale']),
        'get' => setlocale(LC_CTYPE, 0),
        'umask' => [umask(), umask(0027), umask(), umask(null), decoct(umask(0)), umask()],
        'chdir' => [chdir('/'), getcwd()],
    });
};
