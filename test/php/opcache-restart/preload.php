<?php
// Unlinked cannot be linked here: nothing preloads its parent.
require __DIR__ . '/preloaded.php';
opcache_compile_file(__DIR__ . '/unlinked.php');
