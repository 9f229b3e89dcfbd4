<?php
// Writes so many MiB to each stream, in pieces of odd sizes.
[$out, $err] = [(int) $argv[1] << 20, (int) $argv[2] << 20];
$piece = str_repeat("0123456789abcde\n", 4096) . 'odd';
for (; $out > 0; $out -= strlen($piece)) echo substr($piece, 0, $out);
for (; $err > 0; $err -= strlen($piece)) fwrite(STDERR, substr($piece, 0, $err));
fwrite(STDERR, memory_get_peak_usage() < 16 << 20 ? 'small' : 'large');
