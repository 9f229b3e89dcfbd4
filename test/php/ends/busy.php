<?php

for ($until = microtime(true) + 0.05; microtime(true) < $until;) {
    frankenphp_get_vars('publisher');
}
usleep(50_000);
echo 'done';
