#include "php/session_reset.h"

#include <type_traits>

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

// Leaves the closing to who calls: PHP calls no function while an exception waits, and one that a handler's write()
// throws would keep its close() from being called.
Outcome write_session() {
  using Closed = std::invoke_result_t<decltype(ps_module::s_close), void**>;
  const ps_module* const module = PS(mod);
  ps_module without_close = *module;
  without_close.s_close = [](void**) -> Closed { return SUCCESS; };
  PS(mod) = &without_close;
  const Outcome outcome = run_step([] { php_session_flush(1); });
  PS(mod) = module;
  return outcome;
}

Outcome close(const ps_module* module) {
  return run_step([module] { module->s_close(&PS(mod_data)); });
}

}  // namespace

Outcome close_session() {
  Outcome outcome = Outcome::well;
  if (PS(session_status) == php_session_active) {
    outcome = write_session();
    PS(session_status) = php_session_active;  // else SessionHandler::close() refuses
  }
  PS(in_save_handler) = false;  // what has left a handler in the middle leaves it set, and close() would be refused
  if (PS(mod_data) != nullptr || PS(mod_user_implemented)) outcome = worse(outcome, close(PS(mod)));
  // A class that extends SessionHandler has not come to its parent's close().
  const bool is_of_parent = PS(mod_data) != nullptr && strcmp(PS(mod)->s_name, "user") == 0;
  if (is_of_parent && PS(default_mod) != nullptr) outcome = worse(outcome, close(PS(default_mod)));
  PS(session_status) = php_session_none;
  return outcome;
}

Outcome reset_session() {
  const Outcome outcome = close_session();
  if (!Z_ISUNDEF(PS(http_session_vars))) {
    zval_ptr_dtor(&PS(http_session_vars));
    ZVAL_UNDEF(&PS(http_session_vars));
  }
  drop(PS(id));
  drop(PS(session_vars));
#if PHP_VERSION_ID >= 80300
  drop(PS(session_started_filename));
  PS(session_started_lineno) = 0;
#endif
  PS(in_save_handler) = false;
  PS(set_handler) = false;
  PS(mod_data) = nullptr;
  PS(mod_user_is_open) = false;
  PS(define_sid) = true;
  // The superglobal is a plain variable that refers to http_session_vars; it has to go by name.
  zend_hash_str_del(&EG(symbol_table), "_SESSION", sizeof("_SESSION") - 1);
  return worse(outcome, report_uncaught());  // of a destructor
}

}  // namespace sidekick::php
