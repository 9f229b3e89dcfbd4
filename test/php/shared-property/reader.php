<?php

// A background worker that reads.
require __DIR__ . '/../remote/remote.php';
require __DIR__ . '/trees.php';
serve_remote(getenv('REMOTE'), ['read' => static fn () => fingerprint(frankenphp_get_vars('told'))]);
