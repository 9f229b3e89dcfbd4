<?php

// 64 MiB of all bytes in a pattern that has no short period; again; then one byte differs.
$pattern = implode('', array_map(static fn (int $n) => hash('sha512', (string) $n, true), range(1, 1024)));
$text = str_repeat($pattern, intdiv(64 << 20, strlen($pattern)));
frankenphp_set_vars(['text' => $text, 'same' => $text, 'md5' => md5($text), 'key' => [$pattern => 1]]);
frankenphp_set_vars(['text' => $text . '', 'same' => $text, 'md5' => md5($text), 'key' => [$pattern => 1]]);
fgets(frankenphp_get_worker_handle());
