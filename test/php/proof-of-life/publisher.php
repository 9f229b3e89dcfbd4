<?php

// Publishes the vars of a seed, and others that have nothing in common with them: then nobody needs the first ones' block.
require __DIR__ . '/../remote/remote.php';
require __DIR__ . '/vars.php';

serve_remote(getenv('REMOTE'), [
    'publish' => static function (int $seed): void {
        make_files($seed);
        frankenphp_set_vars(vars_of($seed));
    },
    'forget' => static function (int $seed): void {
        for ($turn = 0; $turn < 4; ++$turn) {
            frankenphp_set_vars(["turn $turn after $seed" => [$seed, $turn, str_repeat(chr(65 + $turn), 300)]]);
        }
    },
]);
