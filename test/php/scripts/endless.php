<?php
// Says that it has begun, then does what cannot end by itself.
echo "begun\n";
match ($argv[1]) {
    'loop' => (function () { while (true); })(),
    'sleep' => sleep(60),
    'read' => fgets(STDIN),
    'write' => (function () { while (true) echo str_repeat('x', 65536); })(),
    'select' => stream_select($read, $write, $except, 60),
};
echo "came back\n";
fgets(STDIN);
