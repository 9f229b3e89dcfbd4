<?php

/** What this request was given, and what an earlier one may have left behind. */
function answer(string $mode): void
{
    $left = [
        'get' => isset($_GET['leak']), 'post' => isset($_POST['leak']), 'cookie' => isset($_COOKIE['leak']),
        'server' => isset($_SERVER['LEAK']), 'request' => isset($_REQUEST['leak']), 'files' => $_FILES !== [],
        'headers' => headers_list() !== [] && str_contains(implode(headers_list()), 'X-Leak'),
        'status' => http_response_code() !== 200, 'output' => ob_get_level() > 0 && ob_get_length() > 0,
    ];
    $global = $GLOBALS['leaked'] ?? null;
    $_GET['leak'] = $_POST['leak'] = $_COOKIE['leak'] = $_REQUEST['leak'] = $_SERVER['LEAK'] = $GLOBALS['leaked'] = $_GET['id'];
    $_FILES['leak'] = ['name' => 'leak'];
    header('X-Leak: ' . $_GET['id']);
    header('X-Id: ' . $_SERVER['HTTP_X_ID']);
    usleep(random_int(0, 1_500));
    http_response_code(201);
    echo json_encode([
        'mode' => $mode, 'get' => $_GET['id'], 'post' => $_POST['id'], 'cookie' => $_COOKIE['id'],
        'request' => $_REQUEST['id'], 'header' => $_SERVER['HTTP_X_ID'], 'query' => $_SERVER['QUERY_STRING'],
        'input' => file_get_contents('php://input'), 'left' => array_keys(array_filter($left)), 'global' => $global,
    ], JSON_THROW_ON_ERROR);
}
