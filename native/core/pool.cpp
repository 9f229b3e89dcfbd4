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

void Instance::begin_request(std::shared_ptr<Exchange> served) {
  {
    std::lock_guard lock(mutex_);
    request_ = std::move(served);
  }
  busy_since.store(Clock::now(), std::memory_order_relaxed);
  busy.store(true, std::memory_order_release);  // who sees it sees since when
}

void Instance::end_request() {
  std::shared_ptr<Exchange> ended;  // destroyed without the lock
  {
    std::lock_guard lock(mutex_);
    ended.swap(request_);
  }
  idle_since.store(Clock::now(), std::memory_order_relaxed);
  busy.store(false, std::memory_order_release);  // who sees it idle sees since when
}

std::shared_ptr<Exchange> Instance::request_under_way() const {
  std::lock_guard lock(mutex_);
  return request_;
}

Pool::Pool(PoolKind kind, Scope* scope, WorkerOptions options, std::string name, Slot* slot)
    : kind_(kind),
      scope_(scope),
      options_(std::move(options)),
      name_(std::move(name)),
      slot_(slot),
      tasks_(kind == PoolKind::background ? &scope->task_queue(name_) : nullptr) {}

bool Pool::has_waiting_work() const {
  if (tasks_ == nullptr) return queue_.waiting() > 0;
  const TaskNumbers numbers = tasks_->numbers();
  return numbers.waiting + numbers.unaccepted > 0;
}

bool Pool::must_tell_of_work() {
  // relaxed: a growth that is missed here is asked for by the next that waits.
  return may_grow.load(std::memory_order_relaxed) && has_waiting_work() && !told_.exchange(true);
}

}  // namespace sidekick::core
