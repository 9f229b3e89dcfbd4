<?php

// Ensures and reads the name that the query gives.
return static function (): void {
    $name = $_GET['name'];
    try {
        frankenphp_ensure_background_worker($name);
        $answer = frankenphp_get_vars($name);
    } catch (Throwable $error) {
        $answer = ['error' => $error->getMessage()];
    }
    echo json_encode($answer);
};
