<?php

/** What exists of the functions for workers, and what the first iteration's do outside of a background worker. */
function functions(): array
{
    $names = [
        'frankenphp_ensure_background_worker', 'frankenphp_set_vars', 'frankenphp_get_vars',
        'frankenphp_get_worker_handle', 'frankenphp_handle_request', 'frankenphp_worker_get_signaling_stream',
        'frankenphp_sidekick_should_stop', 'frankenphp_sidekick_set_vars', 'frankenphp_sidekick_get_vars',
    ];
    return ['missing' => array_values(array_filter($names, static fn ($name) => !function_exists($name)))];
}

function outside(): array
{
    $calls = [
        'frankenphp_sidekick_should_stop' => [],
        'frankenphp_sidekick_set_vars' => [['a' => 1]],
        'frankenphp_set_vars' => [['a' => 1]],
        'frankenphp_get_worker_handle' => [],
        'frankenphp_worker_get_signaling_stream' => [],
    ];
    $said = [];
    foreach ($calls as $function => $arguments) {
        try {
            $function(...$arguments);
        } catch (Exception $error) {
            $said[$function] = $error::class;
        }
    }
    return $said;
}

function answer(): void
{
    echo json_encode(functions() + ['outside' => outside()], JSON_THROW_ON_ERROR);
}
