// Who waits for which worker: demands are made by name, start what is missing, and are answered when every name is as
// far as they want it, when one of them has failed for good, or at their one shared deadline.
#include <iterator>
#include <set>
#include <string_view>

#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

namespace {

constexpr std::uint32_t kCatchAllNames = 16;

std::string goal_of(Want want) {
  switch (want) {
    case Want::started: return "to start";
    case Want::ready: return "to be ready";
    case Want::published: return "to publish its vars";
  }
  return {};
}

}  // namespace

// Whether all of `names` run or may be started; looked at before any is, so that a batch is started whole or not at
// all.
Failure Supervisor::check_startable(const Scope& scope, const std::vector<std::string>& names) const {
  if (names.empty()) return {};
  const Scope& home = scope.home_of(names.front());  // of all: JavaScript's own names are not among them
  std::set<std::string_view> hosted;  // one that is asked for anew while its threads still leave takes one place
  for (const auto& pool : pools_) {
    const bool is_hosted = pool->pool.scope() == &home && pool->pool.options().is_catch_all() && !pool->all_gone();
    if (is_hosted) hosted.insert(pool->pool.name());
  }
  for (const std::string& name : names) {
    if (find_pool(scope, name) != nullptr) continue;
    const WorkerOptions* worker = scope.background_worker(name);
    if (worker == nullptr) {
      return {.code = FailureCode::unknown_worker,
              .message = "no background worker configured for name '" + name + "'"};
    }
    if (!worker->is_catch_all()) continue;
    const std::uint32_t limit = worker->max_threads > 0 ? worker->max_threads : kCatchAllNames;
    if (hosted.insert(name).second && hosted.size() > limit) {
      return {.code = FailureCode::config,
              .message = "cannot start '" + name + "': limit of " + std::to_string(limit) +
                         " reached for the catch-all worker " + worker->file};
    }
  }
  return {};
}

// Starts the worker that serves `name`, if it does not run: at most one pool per name.
void Supervisor::start_by_name(Scope& scope, const std::string& name, TimePoint now) {
  if (find_pool(scope, name) != nullptr) return;
  Scope& home = scope.home_of(name);
  const WorkerOptions& worker = *home.background_worker(name);
  Pool* pool = home.revive_pool(name);
  if (pool == nullptr) {
    pool = &home.add_pool(std::make_unique<Pool>(PoolKind::background, &home, worker, name, &home.slot(name)),
                          worker.is_catch_all() ? -1 : &worker - home.options().workers.data());
  }
  // A catch-all's maxThreads counts names.
  start_pool(add_pool(*pool, false, std::max(worker.num, 1U), worker.is_catch_all() ? 1 : worker.max_threads), now);
}

void Supervisor::demand(Demand demand, TimePoint now) {
  Failure failure;
  if (shutting_down_ || demand.scope->closed.load()) {
    failure = {.code = FailureCode::stopped, .message = "scope '" + demand.scope->options().name + "' is closed"};
  }
  std::vector<std::string> startable;
  std::copy_if(demand.names.begin(), demand.names.end(), std::back_inserter(startable), [&](const std::string& name) {
    return demand.want != Want::published || !demand.scope->is_published_by_javascript(name);
  });
  if (!failure) failure = check_startable(*demand.scope, startable);
  if (failure) {
    demand.reply(failure);
    return;
  }
  for (const std::string& name : startable) start_by_name(*demand.scope, name, now);
  if (Failure circle = check_circle(demand)) {
    demand.reply(circle);
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
      std::string names;
      std::string missing;
      for (const auto& name : expired->demand.names) {
        if (is_satisfied(expired->demand, name)) continue;
        names += (names.empty() ? "'" : ", '") + name + "'";
        missing += (missing.empty() ? "'" : "; '") + name + "' " + what_is_missing(expired->demand, name);
      }
      expired->demand.reply({.code = FailureCode::timeout,
                             .message = "timeout waiting for background worker " + names + " " +
                                        goal_of(expired->demand.want) + ": " + missing});
    });
  }
  waiting->demand = std::move(demand);
  waiting_.push_back(std::move(waiting));
  settle_demands();
  order_demanded(now);
}

bool Supervisor::is_satisfied(const Demand& demand, const std::string& name) const {
  if (demand.want == Want::published) {
    const Slot* slot = demand.scope->find_slot(name);
    return slot != nullptr && slot->current() != nullptr;
  }
  const PoolLife* pool = find_pool(*demand.scope, name);
  return pool != nullptr && (demand.want == Want::started ? !pool->all_gone() : pool->ready);
}

// Why `name` is not as far as it should be, as the rest of a sentence about it.
std::string Supervisor::what_is_missing(const Demand& demand, const std::string& name) const {
  if (demand.scope->is_published_by_javascript(name)) return "was not published by JavaScript";
  const PoolLife* pool = find_pool(*demand.scope, name);
  const auto ran = [](const auto& life) { return life->instance->generation.load() > 0; };
  if (pool == nullptr || std::none_of(pool->lives.begin(), pool->lives.end(), ran)) return "was never started";
  if (pool->ready) return "is ready, but has not called frankenphp_set_vars()";
  std::string text;
  if (std::any_of(pool->lives.begin(), pool->lives.end(), [](const auto& life) { return life->running; })) {
    text = "runs, but has neither called frankenphp_set_vars() nor waited on its handle";
  } else {
    text = "ended without having called frankenphp_set_vars() or waited on its handle, and will run again";
  }
  return pool->last_crash.empty() ? text : text + "; before, " + pool->last_crash;
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
