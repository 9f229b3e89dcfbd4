<?php

/** Tells of everything that PHP made of the request, which no hostile one may have made too much of. */
function handle(): void
{
    header('X-Handled: yes');
    header('Content-Type: application/json');
    $input = strlen(file_get_contents('php://input'));
    foreach ($_FILES as $name => $file) {
        foreach ((array) ($file['tmp_name'] ?? []) as $path) {
            if (is_string($path) && $path !== '' && dirname($path) !== (ini_get('upload_tmp_dir') ?: sys_get_temp_dir())) {
                echo 'OUTSIDE';
            }
        }
    }
    echo json_encode([
        'script' => $_SERVER['SCRIPT_FILENAME'],
        'get' => count($_GET, COUNT_RECURSIVE),
        'post' => count($_POST, COUNT_RECURSIVE),
        'files' => array_map(static fn (array $file): mixed => $file['name'], $_FILES),
        'cookies' => count($_COOKIE),
        'input' => $input,
        'forged' => array_values(array_intersect(array_keys($_SERVER), ['HTTP_PROXY', 'HTTP_CONTENT_LENGTH', 'HTTP_X_INJECTED'])),
        'globals' => isset($GLOBALS['evil']),
    ], JSON_PARTIAL_OUTPUT_ON_ERROR);
}
