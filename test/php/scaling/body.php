<?php

return static function (): void {
    usleep(20_000);
    echo 'done';
};
