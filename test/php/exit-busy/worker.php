<?php

while (frankenphp_handle_request(static function (): void {
    match ($_GET['do'] ?? '') {
        'compute' => (static function (): void {
            for ($until = microtime(true) + 30; microtime(true) < $until;) {
                md5((string) $until);
            }
        })(),
        'sleep' => sleep(30),
        default => print('quick'),
    };
})) {
}
