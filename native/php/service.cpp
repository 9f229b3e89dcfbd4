#include "php/service.h"

#include <utility>

#include "php/interrupt.h"
#include "php/thread_state.h"

namespace sidekick::php {

void Service::begin(ThreadState& state) {
  core::Exchange& exchange = *state.exchange;
  of_run_ = std::exchange(state.run.force, exchange.force_token());
  relay_.emplace(of_run_, PassOn{&exchange});  // calls right here when the run is being ended already
  set_interruptible_request(state, &exchange);
  exchange.begin_service(state.instance);
}

void Service::end(ThreadState& state) {
  state.exchange->end_service();
  set_interruptible_request(state, nullptr);
  relay_.reset();
  state.run.force = std::move(of_run_);
}

}  // namespace sidekick::php
