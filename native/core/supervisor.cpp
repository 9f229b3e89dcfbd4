// Scopes and pools: what is started when a scope is created, and drained when it is closed.
#include "core/supervisor.h"

#include "core/supervisor_state.h"

namespace sidekick::core {

Supervisor::Supervisor(ThreadHost& host, RestartGate& gate, const RuntimeOptions& options)
    : host_(host),
      gate_(gate),
      options_(options),
      plan_(options.opcache_restart_timeout),
      classic_pool_(PoolKind::classic, nullptr, WorkerOptions{}, "classic", nullptr),
      script_pool_(PoolKind::script, nullptr, WorkerOptions{}, "scripts", nullptr) {}

Supervisor::~Supervisor() {
  // An abandoned thread still refers to its instance and pool: leak them with it (design.md, trap 20).
  for (auto& pool : pools_) {
    if (std::any_of(pool->lives.begin(), pool->lives.end(),
                    [](const auto& life) { return life->instance->state == InstanceState::abandoned; })) {
      static_cast<void>(pool.release());
    }
  }
}

void Supervisor::start_classic(TimePoint now) {
  start_pool(add_pool(classic_pool_, true, options_.threads, options_.max_threads), now);
}

Supervisor::PoolLife& Supervisor::add_pool(Pool& pool, bool eager, std::uint32_t least, std::uint32_t most) {
  return *pools_.emplace_back(std::make_unique<PoolLife>(pool, eager, least, most));
}

// Whether `demand` names what the pool runs.
bool Supervisor::is_about(const Demand& demand, const PoolLife& pool) {
  const std::string& name = pool.pool.name();
  return std::find(demand.names.begin(), demand.names.end(), name) != demand.names.end() &&
         &demand.scope->home_of(name) == pool.pool.scope();
}

Supervisor::PoolLife* Supervisor::find_pool(const Scope& scope, const std::string& name) const {
  const Scope& home = scope.home_of(name);
  const auto found = std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) {
    return pool->pool.scope() == &home && pool->pool.kind() == PoolKind::background && pool->pool.name() == name &&
           !pool->given_up && !pool->draining;
  });
  return found == pools_.end() ? nullptr : found->get();
}

void Supervisor::start_pool(PoolLife& pool, TimePoint now) {
  open_tasks(pool);
  for (std::uint32_t index = 0; index < pool.least; index++) spawn(pool, index, 0, now);
}

void Supervisor::drain_pool(PoolLife& pool, Milliseconds grace, TimePoint now) {
  pool.draining = true;
  close_tasks(pool);
  stop_scaling(pool);
  for (auto& life : pool.lives) drain(*life, grace, now);
  close_queue_if_gone(pool);
}

void Supervisor::create_scope(Scope& scope, Reply reply, TimePoint now) {
  if (shutting_down_) {
    scope.closed.store(true);
    reply({.code = FailureCode::stopped, .message = "the runtime is stopping"});
    return;
  }
  const auto& workers = scope.options().workers;
  for (std::size_t index = 0; index < workers.size(); index++) {
    const WorkerOptions& worker = workers[index];
    if (worker.is_catch_all()) continue;
    Slot* slot = worker.background ? &scope.slot(worker.name) : nullptr;
    if (worker.background && worker.num == 0) continue;  // started on demand
    const PoolKind kind = worker.background ? PoolKind::background : PoolKind::http_worker;
    Pool& pool = scope.add_pool(std::make_unique<Pool>(kind, &scope, worker, worker.name, slot),
                                static_cast<std::int64_t>(index));
    start_pool(add_pool(pool, true, std::max(worker.num, 1U), worker.max_threads), now);
  }
  const auto timeout = scope.options().start_timeout;
  const auto timer = timers_.at(now + timeout, [this, &scope, timeout](TimePoint) {
    // Not ready is not failed (C03): say so, and let the application start.
    for (const auto& pool : pools_) {
      if (pool->pool.scope() != &scope || !pool->eager || pool->ready) continue;
      const Failure slow{.code = FailureCode::timeout,
                         .message = "worker '" + pool->pool.name() + "' (" + pool->pool.options().file +
                                    ") is not ready after " + std::to_string(timeout.count()) + " ms"};
      emit(*pool->lives.front(), "slow", LogLevel::warn, &slow);
      pool->excused = true;
    }
    open_if_ready(TimePoint{});
  });
  openings_.push_back({&scope, std::move(reply), timer, {}});
  open_if_ready(now);
}

// Whether the pool is an eager one that a scope being created still waits for.
bool Supervisor::is_opening(const PoolLife& pool) const {
  return pool.eager && !pool.ready && std::any_of(openings_.begin(), openings_.end(), [&](const Opening& each) {
           return each.scope == pool.pool.scope() && !each.failure;
         });
}

// Answers every create_scope whose eager pools are all ready.
void Supervisor::open_if_ready(TimePoint) {
  for (auto opening = openings_.begin(); opening != openings_.end();) {
    const bool waits = std::any_of(pools_.begin(), pools_.end(), [&](const auto& pool) {
      if (pool->pool.scope() != opening->scope) return false;
      return opening->failure ? !pool->all_gone() : pool->eager && !pool->ready && !pool->excused;
    });
    if (waits) {
      ++opening;
      continue;
    }
    const Opening done = std::move(*opening);
    opening = openings_.erase(opening);
    timers_.cancel(done.timer);
    done.reply(done.failure);
  }
}

void Supervisor::fail_opening(Scope& scope, const Failure& failure, TimePoint now) {
  scope.closed.store(true);  // nothing is started in it any more, by whatever boots in it still
  fail_demands([&](const Demand& demand) { return demand.scope == &scope; }, failure);
  fail_renewals([&](const Renewal& renewal) { return renewal.scope == &scope; }, failure);
  for (Opening& opening : openings_) {
    if (opening.scope != &scope || opening.failure) continue;
    opening.failure = failure;
    timers_.cancel(opening.timer);
    for (auto& pool : pools_) {
      if (pool->pool.scope() == &scope) drain_pool(*pool, scope.options().stop_timeout, now);
    }
  }
}

void Supervisor::close_scope(Scope& scope, Reply reply, TimePoint now) {
  scope.closed.store(true);
  const Failure closed{.code = FailureCode::stopped, .message = "scope '" + scope.options().name + "' is closed"};
  fail_demands([&](const Demand& demand) { return demand.scope == &scope; }, closed);
  fail_renewals([&](const Renewal& renewal) { return renewal.scope == &scope; }, closed);
  for (auto& pool : pools_) {
    if (pool->pool.scope() == &scope) drain_pool(*pool, scope.options().stop_timeout, now);
  }
  for (Opening& opening : openings_) {
    if (opening.scope != &scope || opening.failure) continue;
    opening.failure = closed;
    timers_.cancel(opening.timer);
  }
  closings_.push_back({&scope, std::move(reply)});
  open_if_ready(now);
  close_if_drained();
}

void Supervisor::close_if_drained() {
  for (auto closing = closings_.begin(); closing != closings_.end();) {
    const bool waits = std::any_of(pools_.begin(), pools_.end(), [&](const auto& pool) {
      return pool->pool.scope() == closing->scope && !pool->all_gone();
    });
    if (waits) {
      ++closing;
      continue;
    }
    closing->scope->withdraw_snapshots();
    const Reply reply = std::move(closing->reply);
    closing = closings_.erase(closing);
    reply({});
  }
}

// Forgets pools that have ended for good; one whose threads are abandoned stays, they refer to it.
void Supervisor::sweep() {
  std::erase_if(pools_, [this](const auto& pool) {
    if (!pool->draining || !pool->all_ended()) return false;
    for (const auto& life : pool->lives) lives_.erase(life->instance.get());
    if (pool->pool.kind() == PoolKind::background) pool->pool.scope()->retire_pool(pool->pool);
    for (const auto& renewal : renewals_) std::erase(renewal->pools, pool.get());
    return true;
  });
}

void Supervisor::shut_down(Milliseconds grace, TimePoint now) {
  shutting_down_ = true;
  plan_.cancel();
  arm_restart(now);
  gate_.reopen(false);
  const Failure stopped{.code = FailureCode::stopped, .message = "the runtime is stopping"};
  fail_demands([](const Demand&) { return true; }, stopped);
  fail_renewals([](const Renewal&) { return true; }, stopped);
  for (Opening& opening : openings_) {
    if (!opening.failure) opening.failure = stopped;
  }
  refuse_scripts();
  for (auto& pool : pools_) drain_pool(*pool, grace, now);
  open_if_ready(now);
}

void Supervisor::each_pool(const std::function<void(const Pool&, const Extent&)>& visit) const {
  for (const auto& pool : pools_) {
    if (!pool->draining) visit(pool->pool, {pool->size(), pool->least, pool->most});
  }
}

void Supervisor::each_instance(const Visit& visit) const {
  for (const auto& pool : pools_) {
    for (const auto& life : pool->lives) {
      if (life->instance->state != InstanceState::ended) {
        visit(*life->instance, life->policy.failures(), life->last_error);
      }
    }
  }
}

// Requests that no thread will take any more: whoever waits for them is told.
void Supervisor::close_queue_if_gone(PoolLife& pool) {
  if (!pool.draining || !pool.all_gone()) return;
  for (const auto& exchange : pool.pool.queue().close()) exchange->send({}, {}, Event::kLast | Event::kAborted, {});
}

void Supervisor::emit(const Life& life, const char* event, LogLevel level, const Failure* failure) {
  const Scope* scope = life.pool.pool.scope();
  if (scope == nullptr) return;  // classic threads have no life to tell of
  Event message;
  message.kind = EventKind::worker;
  message.head = event;
  message.level = level;
  if (failure != nullptr) message.failure = std::make_unique<Failure>(*failure);
  message.worker = std::make_unique<WorkerLabel>(WorkerLabel{scope->options().name, life.pool.pool.name(),
                                                             life.instance->index(), life.instance->generation.load()});
  scope->port()->push(std::move(message));
}

}  // namespace sidekick::core
