<?php
// Ends in the way that its argument names.
register_shutdown_function(fn () => print "shutdown\n");
switch ($argv[1]) {
    case 'exception': throw new RuntimeException('nobody catches this');
    case 'fatal': undefined_function();
    case 'memory': ini_set('memory_limit', '8M'); str_repeat('x', 64 << 20);
    case 'text': exit('a message');
    case 'status': exit(300);
    case 'parse': include __DIR__ . '/lib/broken.txt';
    case 'warning': echo $undefined; error_log('told by error_log()'); exit(0);
    case 'end': echo "end\n";
}
