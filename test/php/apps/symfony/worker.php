<?php

require_once 'Symfony/Component/HttpKernel/autoload.php';
require_once 'Symfony/Component/Routing/autoload.php';

use Symfony\Component\EventDispatcher\EventDispatcher;
use Symfony\Component\HttpFoundation\Cookie;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\RequestStack;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\StreamedResponse;
use Symfony\Component\HttpKernel\Controller\ArgumentResolver;
use Symfony\Component\HttpKernel\Controller\ControllerResolver;
use Symfony\Component\HttpKernel\Event\ExceptionEvent;
use Symfony\Component\HttpKernel\Event\TerminateEvent;
use Symfony\Component\HttpKernel\EventListener\RouterListener;
use Symfony\Component\HttpKernel\HttpKernel;
use Symfony\Component\HttpKernel\KernelEvents;
use Symfony\Component\Routing\Matcher\UrlMatcher;
use Symfony\Component\Routing\RequestContext;
use Symfony\Component\Routing\Route;
use Symfony\Component\Routing\RouteCollection;

final class Site
{
    private int $handled = 0;

    public function hello(Request $request, string $name): Response
    {
        $response = new Response("Hello $name, number " . ++$this->handled);
        $response->headers->setCookie(Cookie::create('seen', (string) $this->handled));

        return $response;
    }

    public function form(Request $request): JsonResponse
    {
        $file = $request->files->get('file');

        return new JsonResponse([
            'post' => $request->request->all(),
            'cookie' => $request->cookies->get('a'),
            'file' => $file === null ? null : [$file->getClientOriginalName(), $file->getSize(), $file->isValid()],
            'ip' => $request->getClientIp(),
            'uri' => $request->getUri(),
        ]);
    }

    public function stream(): StreamedResponse
    {
        return new StreamedResponse(static function (): void {
            foreach (range(1, 5) as $part) {
                echo "part $part\n";
                flush();
            }
        });
    }

    public function fail(): never
    {
        throw new RuntimeException('a controller failed');
    }
}

$site = new Site();
$routes = new RouteCollection();
$routes->add('hello', new Route('/hello/{name}', ['_controller' => [$site, 'hello']]));
$routes->add('form', new Route('/form', ['_controller' => [$site, 'form']]));
$routes->add('stream', new Route('/stream', ['_controller' => [$site, 'stream']]));
$routes->add('fail', new Route('/fail', ['_controller' => [$site, 'fail']]));

$requests = new RequestStack();
$events = new EventDispatcher();
$events->addSubscriber(new RouterListener(new UrlMatcher($routes, new RequestContext()), $requests));
$events->addListener(KernelEvents::EXCEPTION, static function (ExceptionEvent $event): void {
    $error = $event->getThrowable();
    $status = method_exists($error, 'getStatusCode') ? $error->getStatusCode() : 500;
    $event->setResponse(new Response($error->getMessage(), $status));
});
$events->addListener(KernelEvents::TERMINATE, static function (TerminateEvent $event): void {
    error_log('terminated ' . $event->getRequest()->getPathInfo());
});
$kernel = new HttpKernel($events, new ControllerResolver(), $requests, new ArgumentResolver());

$handler = static function () use ($kernel): void {
    $request = Request::createFromGlobals();
    $response = $kernel->handle($request);
    $response->send();
    $kernel->terminate($request, $response);
};
while (frankenphp_handle_request($handler)) {
    gc_collect_cycles();
}
