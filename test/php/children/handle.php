<?php

/** Runs children in every way there is, and tells what came of each: JSON. */
function handle(): void
{
    $blocked = 'grep SigBlk /proc/self/status';
    exec('echo one; echo two; exit 3', $lines, $status);
    ob_start();
    passthru('printf "a\0b"', $passed);
    $bytes = ob_get_clean();
    $written = tempnam(sys_get_temp_dir(), 'children');
    fwrite($writer = popen("cat > $written", 'w'), 'written');
    $closed = pclose($writer);

    $process = proc_open($blocked, [1 => ['pipe', 'w']], $pipes);
    $ofProcess = stream_get_contents($pipes[1]);
    $exit = proc_close($process);

    $sleeper = proc_open(['sleep', '60'], [], $none);
    proc_terminate($sleeper);
    do {
        $state = proc_get_status($sleeper);
    } while ($state['running']);

    putenv('PUT=put');
    putenv('HOME');
    $tell = 'echo "$PUT/$FROM_SCOPE/$FROM_PROCESS/$HOME"';
    $output = static function (?array $environment) use ($tell): string {
        $process = proc_open($tell, [1 => ['pipe', 'w']], $pipes, null, $environment);
        return trim(stream_get_contents($pipes[1]));
    };

    echo json_encode([
        'environments' => [trim(shell_exec($tell)), $output(null), $output(['PUT' => 'given'])],
        'exec' => [$lines, $status],
        'passthru' => [$bytes, $passed],
        'popen' => [file_get_contents($written), $closed],
        'missing' => shell_exec('exec /nonexistent 2> /dev/null'),
        'masks' => [trim(shell_exec($blocked)), trim($ofProcess), $exit],
        'terminated' => [$state['signaled'], $state['termsig']],
    ]);
    unlink($written);
}
