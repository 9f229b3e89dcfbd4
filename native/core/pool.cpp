#include "core/pool.h"

#include "core/scope.h"

namespace sidekick::core {

std::optional<Run> Instance::next_run() {
  std::unique_lock lock(mutex_);
  ordered_.wait(lock, [this] { return run_.has_value() || end_; });
  if (end_) return std::nullopt;
  auto run = std::move(run_);
  run_.reset();
  return run;
}

bool Instance::has_order() const {
  std::lock_guard lock(mutex_);
  return run_.has_value() || end_;
}

void Instance::order_run(Run run) {
  std::lock_guard lock(mutex_);
  run_ = std::move(run);
  ordered_.notify_one();
}

void Instance::order_end() {
  std::lock_guard lock(mutex_);
  end_ = true;
  ordered_.notify_one();
}

Pool::Pool(PoolKind kind, Scope* scope, WorkerOptions options, std::string name, Slot* slot)
    : kind_(kind),
      scope_(scope),
      options_(std::move(options)),
      name_(std::move(name)),
      slot_(slot),
      tasks_(kind == PoolKind::background ? &scope->task_queue(name_) : nullptr) {}

}  // namespace sidekick::core
