// The module: its functions, and what each thread keeps.
#include "bench.h"

#include <ext/standard/info.h>

ZEND_DECLARE_MODULE_GLOBALS(bench)
ZEND_TSRMLS_CACHE_DEFINE()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_noop, 0, 1, IS_MIXED, 0)
ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, timeout, IS_DOUBLE, 1, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_clock, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_nothing, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_memcpy, 0, 2, IS_DOUBLE, 0)
ZEND_ARG_TYPE_INFO(0, bytes, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, times, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_condvar, 0, 1, IS_DOUBLE, 0)
ZEND_ARG_TYPE_INFO(0, times, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_deep_copy, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, vars, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_store, 0, 2, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_ARG_TYPE_INFO(0, vars, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_fetch, 0, 1, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_gate, 0, 2, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, gate, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, turn, IS_LONG, 0)
ZEND_END_ARG_INFO()

// clang-format off: the macros bring their own commas
static const zend_function_entry functions[] = {
    ZEND_FE(bench_noop, arginfo_noop) ZEND_FE(bench_thread_cpu, arginfo_clock)
        ZEND_FE(bench_memcpy_floor, arginfo_memcpy) ZEND_FE(bench_condvar_floor, arginfo_condvar)
            ZEND_FE(bench_lines_write, arginfo_nothing) ZEND_FE(bench_line_read, arginfo_noop)
                ZEND_FE(bench_deep_copy, arginfo_deep_copy) ZEND_FE(bench_copy_store, arginfo_store)
                    ZEND_FE(bench_copy_fetch, arginfo_fetch) ZEND_FE(bench_gate_open, arginfo_gate)
                        ZEND_FE(bench_gate_await, arginfo_gate) ZEND_FE_END};
// clang-format on

static PHP_GINIT_FUNCTION(bench) {
  ZEND_TSRMLS_CACHE_UPDATE();
  ZVAL_UNDEF(&bench_globals->last_copy);
}

static PHP_GSHUTDOWN_FUNCTION(bench) { bench_free_copy(&bench_globals->last_copy); }

static PHP_RINIT_FUNCTION(bench) {
  ZEND_TSRMLS_CACHE_UPDATE();
  zend_hash_init(&BENCH_G(fetched), 8, NULL, NULL, 0);
  return SUCCESS;
}

static PHP_RSHUTDOWN_FUNCTION(bench) {
  bench_forget_fetched();
  return SUCCESS;
}

zend_module_entry bench_module_entry = {
    STANDARD_MODULE_HEADER,
    "bench",
    functions,
    NULL,
    NULL,
    PHP_RINIT(bench),
    PHP_RSHUTDOWN(bench),
    NULL,
    "1",
    PHP_MODULE_GLOBALS(bench),
    PHP_GINIT(bench),
    PHP_GSHUTDOWN(bench),
    NULL,
    STANDARD_MODULE_PROPERTIES_EX,
};

ZEND_GET_MODULE(bench)
