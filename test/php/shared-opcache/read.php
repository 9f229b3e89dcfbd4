<?php

// Whether the vars are what they were; `?do=` may trouble opcache first.
function read(): void
{
    static $kept = null;
    $kept ??= frankenphp_get_vars('told');
    $before = frankenphp_get_vars('told');
    match ($_GET['do']) {
        'reset' => opcache_reset(),
        'invalidate' => array_map(static fn (string $file) => opcache_invalidate($file, true), array_keys(opcache_get_status()['scripts'])),
        'fill' => fill(hrtime(true)),
        'nothing' => null,
    };
    $after = frankenphp_get_vars('told');
    // Compiled anew, at another address: what is read is not it.
    $expected = require __DIR__ . '/literals.php';
    echo json_encode([$before === $expected, $after === $expected, $kept === $expected, serialize($after) === serialize($expected)]);
}

/** Compiles scripts that are full of strings, until opcache has no room for more. */
function fill(int $seed): void
{
    for ($number = 0; $number < 20; ++$number) {
        $file = getenv('FILL_FOLDER') . "/fill-$seed-$number.php";
        $rows = implode(',', array_map(static fn (int $row) => "'key $seed $number $row' => ['a value of $seed $number $row', $row]", range(1, 1500)));
        file_put_contents($file, "<?php return [$rows];");
        if (count(require $file) !== 1500) {
            throw new LogicException($file);
        }
        unlink($file);
    }
}
