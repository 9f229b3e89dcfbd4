// PHP's own headers, in the one order that works, for the files of this room. The rule of this room stands here too:
//
//   A PHP fatal error, exit() and a timeout leave by longjmp ("bailout"), straight past C++ destructors. So: no object
//   with a destructor may live on a frame that a bailout can cross. What a script run needs beyond one call lives in
//   ThreadState; a function that both builds C++ objects and calls into PHP is split in two.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
extern "C" {
#include <SAPI.h>
#include <TSRM.h>
#include <php.h>
#include <php_ini.h>
#include <php_main.h>
#include <php_output.h>
#include <php_variables.h>
#include <zend_enum.h>
#include <zend_exceptions.h>
#include <zend_extensions.h>
#include <zend_interfaces.h>
#include <ext/spl/spl_exceptions.h>
#include <ext/standard/head.h>
#include <ext/standard/php_fopen_wrappers.h>
}
#pragma GCC diagnostic pop

ZEND_TSRMLS_CACHE_EXTERN()

#if PHP_VERSION_ID < 80300
// What an argument is called in errors: PHP 8.3 tells true from false.
inline const char* zend_zval_value_name(const zval* value) { return zend_zval_type_name(value); }
#endif
