#include "php/thread_state.h"

#include "core/runtime.h"

namespace sidekick::php {

thread_local constinit ThreadState* current_thread_state = nullptr;

void set_thread_state(ThreadState* state) { current_thread_state = state; }

core::WorkerLabel ThreadState::label() const {
  const core::Scope* owner = scope;
  return {owner == nullptr ? "" : owner->options().name, instance.pool().name(), instance.index(),
          instance.generation.load()};
}

void become_ready(ThreadState& state) {
  if (state.reached_ready) return;
  state.reached_ready = true;
  core::Runtime::instance().report_ready(state.instance);
}

}  // namespace sidekick::php
