// How the runtime answers those who asked it for something.
#pragma once

#include <cstdint>
#include <memory>

#include "core/failure.h"
#include "core/port.h"

namespace sidekick::core {

inline Failure not_running() { return {.code = FailureCode::stopped, .message = "the PHP runtime is not running"}; }

inline void answer(const std::shared_ptr<Port>& port, std::uint32_t operation, const Failure& failure) {
  if (failure) {
    port->push_failed(operation, failure);
  } else {
    port->push_done(operation);
  }
}

}  // namespace sidekick::core
