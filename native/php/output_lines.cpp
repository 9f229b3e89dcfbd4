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

void append_lines(ThreadState& state, LogLines& lines, std::string_view text) { lines.append(text, to_log(state)); }

void flush_lines(ThreadState& state, LogLines& lines) { lines.flush(to_log(state)); }

void write_output_lines(ThreadState& state, std::string_view text) { append_lines(state, state.output, text); }

void flush_output_lines(ThreadState& state) { flush_lines(state, state.output); }

}  // namespace sidekick::php
