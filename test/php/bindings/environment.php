<?php

$process = proc_open(['sh', '-c', 'echo "$SIDEKICK_SEEN"'], [1 => ['pipe', 'w']], $pipes);
$child = trim(stream_get_contents($pipes[1]));
proc_close($process);
echo json_encode([
    'getenv' => getenv('SIDEKICK_SEEN'),
    'all' => getenv()['SIDEKICK_SEEN'] ?? null,
    'proc_open' => $child,
    'shell_exec' => trim((string) shell_exec('echo "$SIDEKICK_SEEN"')),
    'path' => getenv('PATH'),
], JSON_THROW_ON_ERROR);
