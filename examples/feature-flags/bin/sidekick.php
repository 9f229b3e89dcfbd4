<?php

// The application's one script for background workers, declared without a name: the catch-all. It is run once for each
// name that somebody asks for, and hands over to the package that knows the name. So a package can ship a sidekick
// without the application declaring it, and only what a package says in its composer.json can be started.

require __DIR__ . '/../vendor/autoload.php';

$name = $_SERVER['FRANKENPHP_WORKER_NAME'];
foreach (glob(__DIR__ . '/../vendor/*/*/composer.json') as $file) {
    $class = json_decode(file_get_contents($file), true)['extra']['sidekicks'][$name] ?? null;
    if ($class !== null) {
        (new $class())->run(frankenphp_get_worker_handle());
        exit(0);
    }
}
throw new RuntimeException("no package has a sidekick '$name'");
