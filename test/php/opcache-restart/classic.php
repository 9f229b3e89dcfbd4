<?php
require __DIR__ . '/answer.php';
if (isset($_GET['preloaded'])) {
    require __DIR__ . '/unlinked.php';
    if ((new Unlinked())->sum() !== 3 || (new Preloaded())->name() !== 'preloaded') {
        exit('a preloaded class is broken');
    }
}
switch ($_GET['do'] ?? '') {
    case 'reset':
        opcache_reset();
        break;
    case 'invalidate':
        foreach (explode(',', $_GET['parts']) as $n) {
            opcache_invalidate("$_GET[root]/data/$n.php", true);
        }
        break;
    case 'endless':
        while (!file_exists("$_GET[root]/over")) {
            usleep(1000);
            clearstatcache();
        }
        break;
    case 'ensure':
        frankenphp_ensure_background_worker(['steady', 'lazy' . random_int(0, 2)], 20.0);
        $vars = frankenphp_get_vars('steady');
        if ($vars['answer'] !== $_GET['steady']) {
            exit("the worker says $vars[answer]");
        }
        break;
}
echo answer(explode(',', $_GET['parts']), $_GET['root']);
