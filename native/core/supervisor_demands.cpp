// Who waits for which worker: demands are made by name, start what is missing, and are answered when every name is as
// far as they want it, when one of them has failed for good, or at their one shared deadline.
#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

namespace {

constexpr std::uint32_t kCatchAllNames = 16;

std::string plural_wait(Want want) {
  switch (want) {
    case Want::started: return "to start";
    case Want::ready: return "to be ready (it must call frankenphp_set_vars() or wait on its handle)";
    case Want::published: return "to publish its vars";
  }
  return {};
}

}  // namespace

// Starts the worker that serves `name`, if it does not run: at most one pool per name.
Failure Supervisor::start_by_name(Scope& scope, const std::string& name, TimePoint now) {
  if (find_pool(scope, name) != nullptr) return {};
  const auto& workers = scope.options().workers;
  auto worker = std::find_if(workers.begin(), workers.end(),
                             [&](const WorkerOptions& each) { return each.background && each.name == name; });
  std::int64_t index = worker - workers.begin();
  if (worker == workers.end()) {
    worker =
        std::find_if(workers.begin(), workers.end(), [](const WorkerOptions& each) { return each.is_catch_all(); });
    index = -1;
  }
  if (worker == workers.end()) {
    return {.code = FailureCode::unknown_worker, .message = "no background worker configured for name '" + name + "'"};
  }
  if (worker->is_catch_all()) {
    const std::uint32_t limit = worker->max_threads > 0 ? worker->max_threads : kCatchAllNames;
    const auto hosted = std::count_if(pools_.begin(), pools_.end(), [&](const auto& pool) {
      return pool->pool.scope() == &scope && pool->pool.options().is_catch_all() && !pool->all_gone();
    });
    if (static_cast<std::uint32_t>(hosted) >= limit) {
      return {.code = FailureCode::config,
              .message = "cannot start '" + name + "': limit of " + std::to_string(limit) +
                         " reached for the catch-all worker " + worker->file};
    }
  }
  Pool& pool =
      scope.add_pool(std::make_unique<Pool>(PoolKind::background, &scope, *worker, name, &scope.slot(name)), index);
  start_pool(add_pool(pool, false), std::max(worker->num, 1U), now);
  return {};
}

void Supervisor::demand(Demand demand, TimePoint now) {
  Failure failure;
  if (shutting_down_ || demand.scope->closed.load()) {
    failure = {.code = FailureCode::stopped, .message = "scope '" + demand.scope->options().name + "' is closed"};
  }
  for (const auto& name : demand.names) {
    if (failure) break;
    // A name that JavaScript publishes has no worker to start: only its first publish can be waited for.
    const auto& js_vars = demand.scope->options().js_vars;
    if (demand.want == Want::published && std::find(js_vars.begin(), js_vars.end(), name) != js_vars.end()) continue;
    failure = start_by_name(*demand.scope, name, now);
  }
  if (failure) {
    demand.reply(failure);
    return;
  }
  auto waiting = std::make_unique<Waiting>();
  waiting->id = next_demand_++;
  if (demand.deadline) {
    waiting->timer = timers_.at(*demand.deadline, [this, id = waiting->id](TimePoint) {
      const auto late =
          std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& each) { return each->id == id; });
      const std::unique_ptr<Waiting> expired = std::move(*late);
      waiting_.erase(late);
      std::string missing;
      for (const auto& name : expired->demand.names) {
        if (is_satisfied(expired->demand, name)) continue;
        missing += (missing.empty() ? "'" : ", '") + name + "'";
      }
      expired->demand.reply(
          {.code = FailureCode::timeout,
           .message = "timeout waiting for background worker " + missing + " " + plural_wait(expired->demand.want)});
    });
  }
  waiting->demand = std::move(demand);
  waiting_.push_back(std::move(waiting));
  settle_demands();
}

bool Supervisor::is_satisfied(const Demand& demand, const std::string& name) const {
  if (demand.want == Want::published) {
    const Slot* slot = demand.scope->find_slot(name);
    return slot != nullptr && slot->current() != nullptr;
  }
  const PoolLife* pool = find_pool(*demand.scope, name);
  return pool != nullptr && (demand.want == Want::started || pool->ready);
}

void Supervisor::settle_demands() {
  std::vector<std::unique_ptr<Waiting>> settled;
  for (auto& waiting : waiting_) {
    const auto& names = waiting->demand.names;
    if (std::all_of(names.begin(), names.end(),
                    [&](const auto& name) { return is_satisfied(waiting->demand, name); })) {
      settled.push_back(std::move(waiting));
    }
  }
  std::erase(waiting_, nullptr);
  for (const auto& waiting : settled) {  // replies last: one may make a demand of its own
    if (waiting->timer) timers_.cancel(*waiting->timer);
    waiting->demand.reply({});
  }
}

void Supervisor::fail_demands(const std::function<bool(const Demand&)>& which, const Failure& failure) {
  std::vector<std::unique_ptr<Waiting>> failed;
  for (auto& waiting : waiting_) {
    if (which(waiting->demand)) failed.push_back(std::move(waiting));
  }
  std::erase(waiting_, nullptr);
  for (const auto& waiting : failed) {
    if (waiting->timer) timers_.cancel(*waiting->timer);
    waiting->demand.reply(failure);
  }
}

}  // namespace sidekick::core
