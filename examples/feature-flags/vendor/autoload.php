<?php

// What Composer writes for the packages in this folder, made by hand so that the example needs no Composer: PSR-4 from
// each package's composer.json.

(static function (): void {
    $folders = [];
    foreach (glob(__DIR__ . '/*/*/composer.json') as $file) {
        $package = json_decode(file_get_contents($file), true, 16, JSON_THROW_ON_ERROR);
        foreach ($package['autoload']['psr-4'] ?? [] as $namespace => $folder) {
            $folders[$namespace] = dirname($file) . "/$folder";
        }
    }
    spl_autoload_register(static function (string $class) use ($folders): void {
        foreach ($folders as $namespace => $folder) {
            if (str_starts_with($class, $namespace)) {
                require $folder . strtr(substr($class, strlen($namespace)), '\\', '/') . '.php';
                return;
            }
        }
    });
})();
