module php-sidekick/bench/http/frankenphp

go 1.25.4

require github.com/dunglas/frankenphp v1.12.4
