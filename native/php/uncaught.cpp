#include "php/uncaught.h"

namespace sidekick::php {

Outcome report_uncaught() {
  if (EG(exception) == nullptr) return Outcome::well;
  const bool exits = zend_is_unwind_exit(EG(exception)) || zend_is_graceful_exit(EG(exception));
  volatile bool is_fatal = false;
  zend_try { zend_exception_error(EG(exception), E_ERROR); }
  zend_catch { is_fatal = true; }
  zend_end_try();
  if (!exits) EG(exit_status) = 0;  // it was the request that has failed, not the script
  return is_fatal ? Outcome::fatal : exits ? Outcome::exit : Outcome::well;
}

}  // namespace sidekick::php
