// Why something asked for did not happen, in the words that reach the user: a code that JavaScript turns into
// `ERR_SIDEKICK_<CODE>` and PHP into an exception, and a message that says what is wrong and where.
#pragma once

#include <cstdint>
#include <string>

namespace sidekick::core {

enum class FailureCode : std::uint8_t {
  none,
  config,
  unknown_worker,
  boot_failed,
  timeout,
  queue_full,
  value,
  task_aborted,
  stopped,
  native,
};

// The last thing PHP complained about in a script run (error_get_last() or the uncaught exception).
struct LastError {
  std::string message = {};  // empty: PHP reported nothing
  std::string file = {};
  std::uint32_t line = 0;
};

struct Failure {
  FailureCode code = FailureCode::none;
  std::string message = {};
  // Filled for boot_failed only.
  std::uint32_t attempts = 0;
  std::int32_t exit_status = 0;
  LastError last_error = {};

  explicit operator bool() const { return code != FailureCode::none; }
};

}  // namespace sidekick::core
