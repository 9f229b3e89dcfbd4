<?php

/** Ends the script in the way `?how=` asks for, or not at all. */
function fail(): void
{
    switch ($_GET['how'] ?? 'not') {
        case 'memory':
            ini_set('memory_limit', '16M');
            str_repeat('x', 64_000_000);
            break;
        case 'memory bit by bit':
            ini_set('memory_limit', '16M');
            for ($all = [];;) {
                $all[] = str_repeat('x', 1000);
            }
            // no break
        case 'stack of calls':
            $call = static function () use (&$call): void {
                array_map($call, [1]);
            };
            $call();
            break;
        case 'uncaught':
            throw new DomainException('as asked');
        case 'type error':
            strlen();
            // no break
        case 'exit':
            exit('left');
        case 'exit status':
            exit(3);
        case 'fatal':
            eval('class A { abstract function f(); }');
            break;
        case 'parse':
            eval('this is no PHP');
            break;
    }
    echo 'whole';
}
