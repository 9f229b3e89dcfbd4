<?php

// Publishes once more whenever somebody asks by a line on the test's socket.
require __DIR__ . '/../remote/remote.php';
require __DIR__ . '/write.php';
serve_remote(getenv('REMOTE'), ['publish' => static fn (int $seed) => frankenphp_set_vars(mutable_vars($seed))]);
