<?php
// What every kind of script does: declares classes (through the inheritance cache), includes data anew (some of it
// through symlinks), matches regexes whose patterns lie in opcache's memory, registers stream wrappers under literal and
// made-up names; and says what came of it, part by part.

require_once __DIR__ . '/base.php';

class Nothing
{
    public $context;
}

function answer(array $parts, string $root): string
{
    $said = [];
    if (!in_array('literal', stream_get_wrappers(), true)) {
        stream_wrapper_register('literal', Nothing::class);
        stream_wrapper_register('made-up-' . bin2hex(random_bytes(4)), Nothing::class);
    }
    foreach ($parts as $n) {
        $class = "Part$n";
        if (!class_exists($class, false)) {
            require "$root/parts/$n.php";
        }
        $part = new $class();
        $data = include "$root/" . ($n % 3 === 0 ? 'links' : 'data') . "/$n.php";
        preg_match($class::PATTERN, "part-$n-tail", $match);
        $said[] = implode(':', [$part->sum(), $part->label(), $data['name'], $data['twice']($n), $match["tail$n"] ?? '?', Kind::from($n % 2)->name]);
    }
    return implode(',', $said);
}
