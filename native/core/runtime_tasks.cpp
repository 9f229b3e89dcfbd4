// Sending tasks: from a PHP thread, which waits for its place in the queue, and from JavaScript, which does not.
#include <algorithm>
#include <chrono>
#include <utility>

#include "core/runtime.h"

namespace sidekick::core {

namespace {

// With one instance at most, which is busy sending: nobody would ever receive it (contract K08).
bool is_own_and_only(const Instance* asker, const TaskQueue& queue) {
  if (asker == nullptr || asker->pool().tasks() != &queue) return false;
  const WorkerOptions& options = asker->pool().options();
  return options.is_catch_all() || std::max(options.num, options.max_threads) <= 1;
}

}  // namespace

Failure Runtime::send_task_and_wait(Demand demand, const TaskRef& task, Milliseconds timeout, const Parking& parking,
                                    const std::stop_token& leave) {
  Scope& scope = *demand.scope;
  std::optional<TimePoint> deadline;
  demand.want = Want::started;
  for (;;) {
    TaskQueue* queue = scope.find_task_queue(demand.names.front());
    if (queue != nullptr) {
      if (is_own_and_only(demand.asker, *queue)) {
        return {.code = FailureCode::config,
                .message = "background worker '" + queue->name() +
                           "' cannot send a task to itself: it has one instance, and that waits"};
      }
      const TaskQueue::Offer offer = queue->offer(task);
      tell_of_tasks(*queue);
      if (offer == TaskQueue::Offer::accepted) return {};
      if (!deadline) deadline = Clock::now() + timeout;
      if (offer == TaskQueue::Offer::waiting) {
        Failure failure = task->await_acceptance({parking, leave, deadline});
        if (failure) task->cancel();
        return failure;
      }
    }
    // Nobody serves the name (any more).
    if (!deadline) deadline = Clock::now() + timeout;
    const auto left = std::chrono::ceil<Milliseconds>(*deadline - Clock::now());
    if (Failure failure = demand_and_wait(demand, std::max(left, Milliseconds{0}), leave)) return failure;
  }
}

void Runtime::send_task(Scope& scope, const std::string& name, const TaskRef& task, Milliseconds timeout) {
  task->deadline = Clock::now() + timeout;
  offer_task(scope, name, task);
}

void Runtime::offer_task(Scope& scope, const std::string& name, const TaskRef& task) {
  TaskQueue* const queue = scope.find_task_queue(name);
  switch (queue == nullptr ? TaskQueue::Offer::closed : queue->offer(task)) {
    case TaskQueue::Offer::accepted:
    case TaskQueue::Offer::over: break;
    case TaskQueue::Offer::waiting: expire_tasks_at(*task->deadline); break;
    case TaskQueue::Offer::closed: {
      Demand demand{.scope = &scope,
                    .names = {name},
                    .want = Want::started,
                    .deadline = task->deadline,
                    .reply = [this, &scope, name, task](const Failure& failure) {
                      if (failure) {
                        task->fail(failure);
                      } else {
                        offer_task(scope, name, task);
                      }
                    }};
      const bool posted =
          post([demand = std::move(demand)](Supervisor& supervisor, TimePoint now) { supervisor.demand(demand, now); });
      if (!posted) task->fail({.code = FailureCode::stopped, .message = "the PHP runtime is not running"});
      return;
    }
  }
  tell_of_tasks(*queue);
}

// The supervisor, when it has to do something about those that wait.
void Runtime::tell_of_tasks(const TaskQueue& queue) {
  if (!queue.is_listened_to()) {
    post([](Supervisor& supervisor, TimePoint now) { supervisor.on_tasks_waiting(now); });
  }
  Pool* const pool = queue.scales.load(std::memory_order_relaxed);  // a hint: the pool itself is asked
  if (pool == nullptr || !pool->must_tell_of_work()) return;
  post([pool](Supervisor& supervisor, TimePoint now) { supervisor.on_work_waiting(*pool, now); });
}

// One timer for all tasks that wait for a place: the next deadline. Later ones find it set, and cost nothing.
void Runtime::expire_tasks_at(TimePoint due) {
  auto next = next_expiry_.load();
  do {
    if (due.time_since_epoch().count() >= next) return;
  } while (!next_expiry_.compare_exchange_weak(next, due.time_since_epoch().count()));
  post([this, due](Supervisor& supervisor, TimePoint) {
    supervisor.at(due, [this](TimePoint now) { expire_tasks(now); });
  });
}

void Runtime::expire_tasks(TimePoint now) {
  next_expiry_.store(TimePoint::max().time_since_epoch().count());  // first: who comes from now on sets a timer
  for (const Scope* scope : all_scopes()) {
    for (TaskQueue* queue : scope->task_queues()) {
      if (const auto next = queue->expire(now)) expire_tasks_at(*next);
    }
  }
}

std::vector<Scope*> Runtime::all_scopes() {
  const std::lock_guard lock(mutex_);
  std::vector<Scope*> scopes;
  for (const auto& scope : scopes_) scopes.push_back(scope.get());
  return scopes;
}

}  // namespace sidekick::core
