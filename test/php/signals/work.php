<?php

/** Computes, then waits in a system call: a signal may come in either. */
function work(string $mode): void
{
    for ($until = hrtime(true) + 3_000_000; hrtime(true) < $until;) {
        md5((string) $until);
    }
    $slept = hrtime(true);
    usleep(3_000);
    echo $mode, hrtime(true) - $slept >= 2_500_000 ? ' done' : ' woken early';
}
