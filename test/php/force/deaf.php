<?php

// A single long call into C, which no interrupt reaches: for some seconds, or for longer than a test takes.
frankenphp_set_vars(['deaf' => true]);
match ($_SERVER['argv'][2]) {
    'hash' => hash_pbkdf2('sha256', 'password', 'salt', 1_000_000_000),
    'regex' => (static function (): void {
        ini_set('pcre.jit', '0');
        ini_set('pcre.backtrack_limit', (string) PHP_INT_MAX);
        preg_match('/^(a+)+$/', str_repeat('a', 60) . 'b');
    })(),
    'returns' => hash_pbkdf2('sha256', 'password', 'salt', (int) getenv('FORCE_ROUNDS')),
};
