<?php

// A background worker that counts its runs by what it says when it leaves.
// 'gated': its second run publishes only when JavaScript has opened the gate.
if (($argv[2] ?? '') === 'gated') {
    try {
        frankenphp_get_vars($argv[1], 0.0);
        frankenphp_get_vars('gate');
    } catch (RuntimeException) {
    }
}
try {
    frankenphp_set_vars(['run' => bin2hex(random_bytes(8))]);
    if (($argv[2] ?? '') === 'stuck') {
        sleep(60);
    }
    while (fgets(frankenphp_get_worker_handle()) !== false) {
    }
} finally {
    echo "finally of {$argv[1]}\n";
}
