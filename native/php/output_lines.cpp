#include "php/output_lines.h"

#include "core/runtime.h"

namespace sidekick::php {

namespace {

auto to_log(ThreadState& state) {
  return [&state](std::string line) {
    const core::WorkerLabel label = state.label();
    core::Runtime::instance().log(core::LogLevel::info, std::move(line), state.scope, &label);
  };
}

}  // namespace

void write_output_lines(ThreadState& state, std::string_view text) { state.output.append(text, to_log(state)); }

void flush_output_lines(ThreadState& state) { state.output.flush(to_log(state)); }

}  // namespace sidekick::php
