<?php

/** Reads version after version for `?seconds=`, checks each, and the last 40 once more at the end. */
function check(): void
{
    $kept = [];
    $wrong = 0;
    $seen = 0;
    $end = hrtime(true) + 1e9 * (float) $_GET['seconds'];
    do {
        $vars = frankenphp_get_vars('told');
        if ($kept === [] || end($kept) !== $vars) {
            ++$seen;
            $kept[] = $vars;
            $kept = array_slice($kept, -40);
            $wrong += is_right($vars) ? 0 : 1;
        }
    } while (hrtime(true) < $end);
    foreach ($kept as $vars) {
        $wrong += is_right($vars) ? 0 : 1;
    }
    echo json_encode(['wrong' => $wrong, 'seen' => $seen]);
}

function is_right(array $vars): bool
{
    $sum = $vars['sum'];
    unset($vars['sum']);
    return md5(serialize($vars)) === $sum;
}
