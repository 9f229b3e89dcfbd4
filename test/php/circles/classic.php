<?php

try {
    $answer = ['result' => frankenphp_get_vars($_GET['name'], 20.0)];
} catch (Throwable $error) {
    $answer = ['error' => $error::class, 'message' => $error->getMessage()];
}
echo json_encode($answer);
