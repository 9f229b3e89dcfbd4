#include "php/session_reset.h"

#include "php/zend.h"

extern "C" {
#include <ext/session/php_session.h>
}

namespace sidekick::php {

namespace {

void drop(zend_string*& string) {
  if (string != nullptr) zend_string_release(string);
  string = nullptr;
}

}  // namespace

void reset_session() {
  if (PS(session_status) == php_session_active) {
    zend_try { php_session_flush(1); }
    zend_end_try();
  }
  if (!Z_ISUNDEF(PS(http_session_vars))) {
    zval_ptr_dtor(&PS(http_session_vars));
    ZVAL_UNDEF(&PS(http_session_vars));
  }
  PS(in_save_handler) = false;  // a timeout inside a handler leaves it set, and close() would be refused
  if (PS(mod_data) != nullptr || PS(mod_user_implemented)) {
    zend_try { PS(mod)->s_close(&PS(mod_data)); }
    zend_end_try();
  }
  drop(PS(id));
  drop(PS(session_vars));
#if PHP_VERSION_ID >= 80300
  drop(PS(session_started_filename));
  PS(session_started_lineno) = 0;
#endif
  PS(session_status) = php_session_none;
  PS(in_save_handler) = false;
  PS(set_handler) = false;
  PS(mod_data) = nullptr;
  PS(mod_user_is_open) = false;
  PS(define_sid) = true;
  // The superglobal is a plain variable that refers to http_session_vars; it has to go by name.
  zend_hash_str_del(&EG(symbol_table), "_SESSION", sizeof("_SESSION") - 1);
}

}  // namespace sidekick::php
