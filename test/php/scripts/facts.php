<?php
header('X-Ignored: yes'); // without effect, without a warning, before and after output
echo '';
$functions = array_filter(get_defined_functions()['internal'], fn ($name) => str_starts_with($name, 'frankenphp_'));
echo json_encode([
    'sapi' => [PHP_SAPI, php_sapi_name(), constant('PHP_SAPI'), (new ReflectionFunction('php_sapi_name'))->invoke()],
    'argv' => $argv,
    'argc' => $argc,
    'server' => array_intersect_key($_SERVER, array_flip(['argv', 'argc', 'PHP_SELF', 'SCRIPT_NAME', 'SCRIPT_FILENAME',
        'PATH_TRANSLATED', 'DOCUMENT_ROOT', 'GREETING', 'REQUEST_METHOD', 'FRANKENPHP_WORKER'])),
    'env' => [getenv('GREETING'), $_SERVER['GREETING'] ?? null],
    'ini' => array_map(ini_get(...), ['html_errors', 'implicit_flush', 'output_buffering', 'max_execution_time',
        'max_input_time', 'register_argc_argv', 'display_errors', 'opcache.enable']),
    'opcache' => opcache_get_status(false)['opcache_enabled'],
    'levels' => ob_get_level(),
    'streams' => array_map(fn ($stream) => stream_get_meta_data($stream)['mode'], [STDIN, STDOUT, STDERR]),
    'cwd' => getcwd(),
    'here' => is_file('facts.php'),
    'included' => (include 'lib/value.php'),
    'file' => __FILE__,
    'functions' => array_values($functions),
    'classes' => array_values(array_filter(get_declared_classes(), fn ($name) => str_starts_with($name, 'FrankenPHP\\'))),
    'constants' => array_keys(get_defined_constants(true)['frankenphp'] ?? []),
], JSON_PARTIAL_OUTPUT_ON_ERROR);
header('X-Ignored: yes');
