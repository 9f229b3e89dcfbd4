<?php

/** What each page of the benchmark does; the same in classic mode, in a worker and in the peers. */
function work(string $page): void
{
    switch ($page) {
        case 'hello':
            echo 'Hello, world!';
            return;
        case 'json':
            header('Content-Type: application/json');
            echo json_encode(array_map(
                static fn (int $id): array => ['id' => $id, 'name' => "item $id", 'price' => $id * 1.25, 'tags' => ['a', 'b']],
                range(1, 50),
            ));
            return;
        case 'app':
            echo application();
            return;
        case 'download':
            header('Content-Type: application/octet-stream');
            echo str_repeat('0123456789abcdef', 65536);
            return;
        case 'upload':
            echo strlen(file_get_contents('php://input'));
            return;
        case 'sleep':
            usleep(20_000);
            echo 'slept';
            return;
    }
}

/** Three hundred classes of a file each, each one used: what an application's framework costs. */
function application(): string
{
    static $known = false;
    if (!$known) {
        spl_autoload_register(static function (string $class): void {
            require getenv('BENCH_CLASSES') . "/$class.php";
        });
        $known = true;
    }
    $sum = 0;
    for ($number = 0; $number < 300; ++$number) {
        $class = "Service$number";
        $sum = (new $class($sum))->run(['number' => $number]);
    }
    return "sum $sum";
}
