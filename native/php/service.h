// A request in service: from when a thread has taken it until its script has ended. Meanwhile the thread's `run.force`
// is the request's own: it stops with the run's, and alone when the request has had its time (contract W07). So
// whatever waits on it, and the interrupt hook, ends for either reason.
#pragma once

#include <optional>
#include <stop_token>

#include "core/exchange.h"

namespace sidekick::php {

struct ThreadState;

class Service {
 public:
  // On the thread that has taken `state.exchange`.
  void begin(ThreadState& state);
  void end(ThreadState& state);

 private:
  struct PassOn {
    core::Exchange* exchange;
    void operator()() const { exchange->force(); }
  };
  std::stop_token of_run_;
  std::optional<std::stop_callback<PassOn>> relay_;
};

}  // namespace sidekick::php
