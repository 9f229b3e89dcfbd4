<?php
// As fast as it can, until its handle ends. Now and then it ends by itself.
$stream = frankenphp_get_worker_handle();
$name = $_SERVER['FRANKENPHP_WORKER_NAME'];
for ($turn = random_int(0, 1 << 30);; $turn++) {
    $vars = [
        'turn' => $turn,
        'numbers' => array_fill(0, 50, $turn),
        'text' => str_repeat(chr(65 + $turn % 26), 500),
        'nested' => ['a' => ['b' => [$turn]], 'empty' => []],
        'rows' => array_map(static fn ($row) => ['id' => $row, 'names' => ["row $row", 'of many']], range(1, 40)),
        'long' => str_repeat('of every version ', 100),
    ];
    frankenphp_set_vars($vars);
    if ($name === 'changes-a-leaf') {
        // From what was read: all but the leaves is in the blocks of the version before.
        $read = frankenphp_get_vars($name);
        $read['rows'][$turn % 40]['id'] = $turn % 40 + 1;
        $read['rows'][$turn % 40]['names'][] = 'and a change';
        frankenphp_set_vars($read);
    }
    if ($turn % 16 !== 0) continue;
    match (random_int(0, 200)) {
        0 => exit(0),
        1 => throw new RuntimeException('crashed as planned'),
        default => null,
    };
    $read = [$stream];
    $none = [];
    if (stream_select($read, $none, $none, 0) === 1 && fgets($stream) === false) break;
}
