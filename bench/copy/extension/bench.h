// What the files of this extension share. It exists for `bench/copy` only: the things php-sidekick is measured beside
// that are no extension of their own, a clock, and a way for two PHP threads to take turns. PHP threads call all of it.
#ifndef SIDEKICK_BENCH_H
#define SIDEKICK_BENCH_H

#include <php.h>
#include <stdint.h>

// Per thread: what bench_copy_fetch() copied in this request, by name.
ZEND_BEGIN_MODULE_GLOBALS(bench)
HashTable fetched;
zval last_copy;  // of bench_deep_copy(), in malloc's memory
ZEND_END_MODULE_GLOBALS(bench)

ZEND_EXTERN_MODULE_GLOBALS(bench)
#define BENCH_G(member) ZEND_MODULE_GLOBALS_ACCESSOR(bench, member)
ZEND_TSRMLS_CACHE_EXTERN()

// copies.c
void bench_forget_fetched(void);
void bench_free_copy(zval* copy);
PHP_FUNCTION(bench_deep_copy);
PHP_FUNCTION(bench_copy_store);
PHP_FUNCTION(bench_copy_fetch);

// gates.c
PHP_FUNCTION(bench_gate_open);
PHP_FUNCTION(bench_gate_await);

// floors.c
PHP_FUNCTION(bench_noop);
PHP_FUNCTION(bench_thread_cpu);
PHP_FUNCTION(bench_memcpy_floor);
PHP_FUNCTION(bench_condvar_floor);
PHP_FUNCTION(bench_lines_write);
PHP_FUNCTION(bench_line_read);

#endif
