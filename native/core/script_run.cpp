#include "core/script_run.h"

#include <utility>

namespace sidekick::core {

namespace {

std::function<void()> ring(const std::shared_ptr<Port>& port, std::uint32_t operation, std::uint8_t stream) {
  return [port, operation, stream] {
    Event event;
    event.kind = EventKind::script;
    event.id = operation;
    event.flags = stream;
    port->push(std::move(event));
  };
}

}  // namespace

ScriptRun::ScriptRun(ScriptOptions options, std::shared_ptr<Port> port, std::uint32_t operation)
    : input(ring(port, operation, Event::kInput)),
      output(ring(port, operation, Event::kOutput)),
      error(ring(port, operation, Event::kError)),
      options_(std::move(options)),
      port_(std::move(port)),
      operation_(operation) {}

bool ScriptRun::settle() {
  if (settled_.exchange(true)) return false;
  input.close();
  output.end();
  error.end();
  return true;
}

void ScriptRun::finish(std::int32_t exit_status) {
  if (settle()) port_->push_done(operation_, std::to_string(exit_status));
}

void ScriptRun::fail(Failure failure) {
  if (settle()) port_->push_failed(operation_, std::move(failure));
}

void ScriptRun::close() {
  input.close();
  output.close();
  error.close();
}

}  // namespace sidekick::core
