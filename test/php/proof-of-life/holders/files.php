<?php

// Strings of the vars as paths, addresses and keys of caches that outlive the script.

return [
    'include path' => new Holder(
        static fn (array $vars) => [include $vars['path'], include_once $vars['path'], (static fn () => require $vars['path'])()],
        static fn (array $kept, array $e) => $kept[0] === ['part', $e['seed']] && in_array($e['path'], get_included_files(), true) && (include $e['path']) === $kept[0],
        static fn (array $e) => (include $e['path']) === ['part', $e['seed']] && (include_once $e['path']) === true && opcache_is_script_cached($e['path']),
    ),
    'include through a symlink' => new Holder(
        static fn (array $vars) => [include $vars['link'], include_once $vars['link'], realpath($vars['link'])],
        static fn (array $kept, array $e) => [$kept[0], $kept[2], include $e['link']] === [['part', $e['seed']], $e['path'], ['part', $e['seed']]],
        static fn (array $e) => (include $e['link']) === ['part', $e['seed']] && (include $e['path']) === ['part', $e['seed']] && realpath($e['link']) === $e['path'],
    ),
    'include_path' => new Holder(
        static fn (array $vars) => [set_include_path($vars['folder']), include $vars['relative'], ini_set('include_path', ".:{$vars['folder']}"), include_once $vars['relative'], stream_resolve_include_path($vars['relative'])],
        static fn (array $kept, array $e) => [$kept[1], $kept[4], include $e['relative']] === [['part', $e['seed']], $e['path'], ['part', $e['seed']]],
        static fn (array $e) => !str_contains(get_include_path(), $e['folder']) && set_include_path($e['folder']) !== false && (include $e['relative']) === ['part', $e['seed']],
    ),
    'opcache_compile_file' => new Holder(
        static fn (array $vars) => [opcache_compile_file($vars['path']), opcache_is_script_cached($vars['link']), opcache_invalidate($vars['link'], true), opcache_compile_file($vars['link'])],
        static fn (array $kept, array $e) => $kept[0] && $kept[3] && opcache_is_script_cached($e['path']),
        static fn (array $e) => (include $e['path']) === ['part', $e['seed']] && opcache_invalidate($e['path']) && (include $e['link']) === ['part', $e['seed']],
    ),
    'stat caches' => new Holder(
        static fn (array $vars) => [is_file($vars['path']), stat($vars['link']) !== false, is_link($vars['link']), realpath($vars['link']), chdir($vars['folder']), getcwd()],
        static fn (array $kept, array $e) => $kept[0] && $kept[1] && is_file($e['path']) && filesize($e['link']) > 5,
        static fn (array $e) => is_file($e['path']) && stat($e['link']) !== false && realpath($e['link']) === $e['path'],
    ),
    'open files' => new Holder(
        static fn (array $vars) => [fopen($vars['path'], 'r'), new SplFileObject($vars['link']), opendir($vars['folder']), new SplFileInfo($vars['path']), tmpfile()],
        static fn (array $kept, array $e) => fwrite($kept[4], $e['long']) > 0 && [stream_get_meta_data($kept[0])['uri'], $kept[1]->getPathname(), (string) $kept[3]] === [$e['path'], $e['link'], $e['path']],
    ),
    'regex' => new Holder(
        static fn (array $vars) => [preg_match($vars['pattern'], "seed {$vars['seed']}!", $match), $match, preg_replace_callback($vars['pattern'], static fn ($m) => $vars['text'], "a seed {$vars['seed']}!"), preg_split($vars['pattern'], "a seed {$vars['seed']}!b")],
        static fn (array $kept, array $e) => [$kept[0], $kept[1]['number'], $kept[2], $kept[3]] === [1, (string) $e['seed'], "a {$e['text']}", ['a ', 'b']],
        static fn (array $e) => preg_match($e['pattern'], "seed {$e['seed']}!", $match) === 1 && $match['number'] === (string) $e['seed'] && preg_match("/seed (?<number>{$e['seed']})(\\D)/u", "x") === 0,
    ),
    'regex maps' => new Holder(
        static fn (array $vars) => [preg_replace(array_keys($vars['patterns']), array_values($vars['patterns']), "words {$vars['seed']}"), preg_replace_callback_array([$vars['pattern'] => static fn ($m) => $vars['name'], '~x~' => $vars['function'][0] === 't' ? static fn () => 'y' : null], "seed {$vars['seed']}!"), @preg_match("{$vars['pattern']}q", '')],
        static fn (array $kept, array $e) => $kept[1] === $e['name'],
        static fn (array $e) => preg_match($e['pattern'], "seed {$e['seed']}!") === 1,
    ),
    'regex cache that overflows' => new Holder(
        static fn (array $vars) => array_sum(array_map(static fn (int $n) => preg_match("{$vars['pattern']}" . str_repeat('i', $n % 2), "seed {$vars['seed']}!"), range(1, 4))),
        static fn (int $kept) => $kept === 4,
        static function (array $expected): bool {
            for ($number = 0; $number < 4200; ++$number) { // PHP keeps 4096
                preg_match("/$number of {$expected['seed']}/", '');
            }
            return preg_match($expected['pattern'], "seed {$expected['seed']}!") === 1;
        },
    ),
    'persistent connection' => new Holder(
        static function (array $vars): mixed {
            $stream = pfsockopen($vars['host'], (int) getenv('PROOF_PORT'), $code, $message, 5);
            fwrite($stream, "{$vars['name']}\n");
            return fgets($stream);
        },
        static fn (string $kept, array $expected) => $kept === "{$expected['name']}\n",
        static function (array $expected): bool {
            $stream = pfsockopen($expected['host'], (int) getenv('PROOF_PORT'), $code, $message, 5);
            fwrite($stream, "{$expected['text']}\n");
            return fgets($stream) === "{$expected['text']}\n";
        },
    ),
    'persistent stream' => new Holder(
        static function (array $vars): mixed {
            $stream = stream_socket_client($vars['address'], $code, $message, 5, STREAM_CLIENT_CONNECT | STREAM_CLIENT_PERSISTENT);
            fwrite($stream, "{$vars['name']}\n");
            return fgets($stream);
        },
        static fn (string $kept, array $expected) => $kept === "{$expected['name']}\n",
        static function (array $expected): bool {
            $stream = stream_socket_client($expected['address'], $code, $message, 5, STREAM_CLIENT_CONNECT | STREAM_CLIENT_PERSISTENT);
            fwrite($stream, "{$expected['text']}\n");
            return fgets($stream) === "{$expected['text']}\n";
        },
    ),
    'persistent database' => new Holder(
        static function (array $vars): PDO {
            $database = new PDO($vars['dsn'], $vars['name'], $vars['id'], [PDO::ATTR_PERSISTENT => $vars['id']]);
            $database->exec('CREATE TABLE IF NOT EXISTS kept (text TEXT)');
            $database->prepare('INSERT INTO kept VALUES (?)')->execute([$vars['text']]);
            return $database;
        },
        static fn (PDO $database, array $expected) => $database->query('SELECT text FROM kept')->fetchColumn() === $expected['text'],
        static function (array $expected): bool {
            $database = new PDO($expected['dsn'], $expected['name'], $expected['id'], [PDO::ATTR_PERSISTENT => $expected['id']]);
            return $database->query('SELECT text FROM kept')->fetchColumn() === $expected['text'];
        },
    ),
];
