<?php
// As fast as it can, until its handle ends.
$stream = frankenphp_get_worker_handle();
for ($turn = 0; ; $turn++) {
    frankenphp_set_vars([
        'turn' => $turn,
        'numbers' => array_fill(0, 50, $turn),
        'text' => str_repeat(chr(65 + $turn % 26), 500),
        'nested' => ['a' => ['b' => [$turn]], 'empty' => []],
    ]);
    if ($turn % 16 !== 0) continue;
    $read = [$stream];
    $none = [];
    if (stream_select($read, $none, $none, 0) === 1 && fgets($stream) === false) break;
}
