<?php

// Publishes a tree, then the next one when all readers have seen it. Each reader says what it saw by its own vars.
require __DIR__ . '/../remote/remote.php';
require __DIR__ . '/trees.php';
serve_remote(getenv('REMOTE'), [
    'publish' => static function (int $seed): string {
        $tree = tree_of($seed);
        $fingerprint = fingerprint($tree);
        frankenphp_set_vars($tree);
        // Neither the publish nor what follows it changes what the writer has.
        return $fingerprint === fingerprint($tree) && $fingerprint === fingerprint(frankenphp_get_vars('told')) ? $fingerprint : 'the writer reads something else';
    },
]);
