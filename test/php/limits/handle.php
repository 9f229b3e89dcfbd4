<?php

/** Takes its time: until a file is there. */
function handle(): void
{
    if (($_GET['do'] ?? '') === 'hold') {
        while (!file_exists($_GET['file'])) {
            clearstatcache();
            usleep(1000);
        }
        echo 'held';
        return;
    }
    echo 'fine';
}
