<?php

/** Asks for all that `?names=` holds, in an order of its own, and reads what they have published. */
function ask(): void
{
    $names = explode(' ', $_GET['names']);
    shuffle($names);
    $said = [];
    foreach (array_chunk($names, random_int(1, count($names))) as $batch) {
        try {
            frankenphp_ensure_background_worker($batch, 60.0);
            foreach (frankenphp_get_vars($batch, 60.0) as $name => $vars) {
                $said[] = $vars['name'] === $name ? 'ready' : "$name has the vars of {$vars['name']}";
            }
        } catch (RuntimeException $error) {
            // Told that one of them crashed as it may is an answer, too.
            $told = str_contains($error->getMessage(), 'with exit status') ? 'failed' : $error->getMessage();
            array_push($said, ...array_fill(0, count($batch), $told));
        }
    }
    echo json_encode(array_count_values($said), JSON_THROW_ON_ERROR);
}
