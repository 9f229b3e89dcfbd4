// Our libphp.so holds opcache, and whoever embeds it registers it (docs/building-php.md). FrankenPHP lets its host add
// extensions to PHP: this one does nothing else. Runs once, on PHP's main thread, while PHP starts.
#include <php.h>
#include <zend_extensions.h>

extern zend_extension php_sidekick_opcache_entry;

static PHP_MINIT_FUNCTION(bench_opcache) {
  zend_register_extension(&php_sidekick_opcache_entry, NULL);
  return SUCCESS;
}

zend_module_entry bench_opcache_module = {
    STANDARD_MODULE_HEADER,   "bench_opcache", NULL, PHP_MINIT(bench_opcache), NULL, NULL, NULL, NULL, "1",
    STANDARD_MODULE_PROPERTIES};
