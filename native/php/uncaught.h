// What happens to code of the script's that nobody called: output callbacks, session handlers and destructors that run
// when a request ends. An exception is told to the client or the log, as at the end of a script, and the worker lives
// on. exit() and fatal errors end the script, as they do in its callback, but only when the request has been cleaned
// up: after a fatal error was caught, PHP's stack still has the frames that it has left, and nothing may return into
// those below them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "php/zend.h"

namespace sidekick::php {

enum class Outcome : std::uint8_t { well, exit, fatal };  // the worst one counts

inline Outcome worse(Outcome one, Outcome other) { return std::max(one, other); }

// What waits to be caught is reported and gone: while it waits PHP calls no function.
Outcome report_uncaught();

// Runs `step`, which has nothing with a destructor on its way to user code.
template <typename Step>
Outcome run_step(const Step& step) {
  volatile bool is_fatal = false;
  zend_try { step(); }
  zend_catch { is_fatal = true; }
  zend_end_try();
  const Outcome outcome = report_uncaught();
  return is_fatal ? Outcome::fatal : outcome;
}

}  // namespace sidekick::php
