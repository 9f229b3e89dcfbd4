// What the runtime tells of itself: status() and, made from it, the metrics.
#include <future>
#include <unordered_map>
#include <utility>

#include "core/pins.h"
#include "core/runtime.h"

namespace sidekick::core {

RuntimeStatus Runtime::status() {
  auto result = std::make_shared<std::promise<RuntimeStatus>>();
  auto future = result->get_future();
  // Here, not on the supervisor's thread: of small snapshots there may be tens of thousands.
  std::unordered_map<const void*, Superseded> superseded;
  const Superseded all = Reclaimer::instance().superseded(&superseded);
  const bool posted = post([result, this, all, superseded = std::move(superseded)](Supervisor& supervisor, TimePoint) {
    RuntimeStatus status;
    status.superseded = all;
    if (!supervisor.finished()) status.opcache = cache_numbers();  // else PHP is gone, or another one comes
    status.classic_waiting = supervisor.classic_pool().queue().waiting();
    status.abandoned_threads = supervisor.abandoned();
    status.restart_waiting = supervisor.restart_plan().waiting();
    status.restarts_put_off = supervisor.restart_plan().put_off();
    supervisor.each_instance([&](const Instance& instance, std::uint32_t failures, const LastError& last_error) {
      const Pool& pool = instance.pool();
      const auto found = superseded.find(&instance);
      const Superseded held = found == superseded.end() ? Superseded{} : found->second;
      status.instances.push_back({.scope = pool.scope() == nullptr ? "" : pool.scope()->options().name,
                                  .worker = pool.name(),
                                  .kind = pool.kind(),
                                  .index = instance.index(),
                                  .state = instance.state.load(),
                                  .busy = instance.busy.load(),
                                  .since = std::chrono::system_clock::time_point(
                                      std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                          instance.since.load().time_since_epoch() + wall_clock_offset_)),
                                  .generation = instance.generation.load(),
                                  .requests = instance.requests.load(),
                                  .memory_bytes = instance.memory_bytes.load(),
                                  .copied_reads = instance.copied_reads.load(),
                                  .superseded = held,
                                  .failures = failures,
                                  .last_error = last_error});
    });
    supervisor.each_pool([&](const Pool& pool, const Supervisor::Extent& extent) {
      status.pools.push_back({.kind = pool.kind(),
                              .scope = pool.scope() == nullptr ? "" : pool.scope()->options().name,
                              .worker = pool.name(),
                              .threads = extent.threads,
                              .least = extent.least,
                              .most = extent.most,
                              .waiting = pool.queue().waiting()});
    });
    result->set_value(std::move(status));
  });
  // The action is dropped, and its promise broken, when the runtime ends first.
  result.reset();
  RuntimeStatus status;
  if (posted) {
    try {
      status = future.get();
    } catch (const std::future_error&) {
      status = {};
    }
  }
  {
    std::lock_guard lock(mutex_);
    status.state = state_;
  }
  for (const Scope* scope : all_scopes()) {
    status.current_bytes += scope->current_bytes();
    if (scope->closed.load()) continue;
    for (const TaskQueue* tasks : scope->task_queues()) {
      status.tasks.push_back({scope->options().name, tasks->name(), tasks->numbers()});
    }
  }
  return status;
}

}  // namespace sidekick::core
