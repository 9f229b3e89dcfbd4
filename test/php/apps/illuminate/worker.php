<?php

foreach (['Container', 'Events', 'Http', 'Routing'] as $package) {
    require_once "Illuminate/$package/autoload.php";
}

use Illuminate\Container\Container;
use Illuminate\Events\Dispatcher;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Routing\Router;

final class Counter
{
    public int $count = 0;
}

$container = new Container();
$container->singleton(Counter::class);
$router = new Router(new Dispatcher($container), $container);
$router->get('/hello/{name}', static fn (Counter $counter, string $name): string => "Hello $name, number " . ++$counter->count);
$router->post('/form', static fn (Request $request): JsonResponse => new JsonResponse($request->all()));
$router->get('/fail', static fn () => throw new RuntimeException('a route failed'));

$handler = static function () use ($container, $router): void {
    $request = Request::capture();
    $container->instance(Request::class, $request);
    $router->dispatch($request)->send();
};
while (frankenphp_handle_request($handler)) {
    gc_collect_cycles();
}
