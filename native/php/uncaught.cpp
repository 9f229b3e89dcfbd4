#include "php/uncaught.h"

#include "php/zend.h"

namespace sidekick::php {

bool report_uncaught() {
  if (EG(exception) == nullptr) return false;
  const bool exits = zend_is_unwind_exit(EG(exception)) || zend_is_graceful_exit(EG(exception));
  zend_try { zend_exception_error(EG(exception), E_ERROR); }
  zend_end_try();
  if (!exits) EG(exit_status) = 0;  // it was the request that has failed, not the script
  return exits;
}

}  // namespace sidekick::php
