#!/usr/bin/env php
<?php
// A console application: commands, options, STDIN line by line, both streams, exit codes.
require __DIR__ . '/lib/commands.php';

$commands = ['upper' => upper(...), 'fail' => fail(...), 'hash' => hashInput(...)];
$command = $commands[$argv[1] ?? ''] ?? null;
if ($command === null) {
    fwrite(STDERR, "usage: {$argv[0]} " . implode('|', array_keys($commands)) . "\n");
    exit(64);
}
exit($command(...array_slice($argv, 2)));
