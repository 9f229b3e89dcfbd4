// Restarts of workers (contract L03): every script of a pool runs anew, while the pool goes on serving.
//
// Each restart is an edition. An instance is behind while it runs a script of an edition before its pool's; whatever
// the reason for its next run, that one is of the pool's edition. So a restart that is asked for while another is under
// way, during a boot, a backoff, a recycle or a restart of opcache needs no case of its own: who is behind is brought
// up to date, at most a quarter of the pool at a time, and never the last one that serves:
//
//   in place          asked to leave, runs again on the same thread          background workers, pools of several
//   successor first   another instance boots; when it is ready, it takes     the last HTTP instance that serves
//                     the place (and number) of the first, which drains
//
// A background worker runs in place even when it is the only one: scripts hold what there is one of (a subscription, a
// lock, a listening socket), and while none runs its readers have the last snapshot (V14).
//
// Who does not leave within restartTimeout is forced to, and replaced when it cannot be. When the new code does not
// boot, the restart fails and what is behind goes on serving the old: a broken deployment takes nothing down.
#include <algorithm>
#include <utility>

#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

namespace {

constexpr std::size_t kShares = 4;  // of a pool; one is restarted at a time

}  // namespace

void Supervisor::restart(Scope& scope, const std::vector<std::string>& names, Reply reply, TimePoint now) {
  Failure failure;
  if (shutting_down_ || scope.closed.load()) {
    failure = {.code = FailureCode::stopped, .message = "scope '" + scope.options().name + "' is closed"};
  }
  if (!failure) failure = check_restartable(scope, names);
  if (failure) {
    reply(failure);
    return;
  }
  scope.code_changed.store(now);
  host_.expect_new_code();
  auto renewal = std::make_unique<Renewal>(Renewal{&scope, ++editions_, {}, std::move(reply)});
  for (const auto& pool : pools_) {
    Pool& run = pool->pool;
    const bool is_named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return (name == run.name() || name == run.options().name) && run.scope() == &scope.home_of(name);
    });
    if (pool->draining || !(names.empty() ? run.scope() == &scope : is_named)) continue;
    pool->edition = renewal->edition;
    run.scope()->code_changed.store(now);
    renewal->pools.push_back(pool.get());
  }
  renewals_.push_back(std::move(renewal));
  // The new code is given all the tries there are, and the first one at once.
  for (PoolLife* pool : std::vector(renewals_.back()->pools)) {
    for (const auto& life : pool->lives) {
      if (!life->stays() || life->instance->state.load() != InstanceState::backoff || !life->timer) continue;
      timers_.cancel(*life->timer);
      life->timer.reset();
      life->policy.reset();
      order_run(*life, now);
    }
  }
  advance_renewals(now);
}

// A name that could be started but does not run needs no restart.
Failure Supervisor::check_restartable(const Scope& scope, const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    if (scope.http_worker(name) != nullptr || scope.background_worker(name) != nullptr) continue;
    return {.code = FailureCode::unknown_worker,
            .message = "scope '" + scope.options().name + "' has no worker '" + name + "'"};
  }
  return {};
}

bool Supervisor::is_renewed(const PoolLife& pool) const {
  return std::any_of(renewals_.begin(), renewals_.end(), [&](const auto& renewal) {
    return std::find(renewal->pools.begin(), renewal->pools.end(), &pool) != renewal->pools.end();
  });
}

// Does what can be done now; called whenever something has changed that it may depend on.
void Supervisor::advance_renewals(TimePoint now) {
  if (renewals_.empty()) return;
  for (std::size_t place = 0; place < pools_.size(); place++) {
    if (is_renewed(*pools_[place])) roll(*pools_[place], now);
  }
  std::vector<std::unique_ptr<Renewal>> done;
  for (auto& renewal : renewals_) {
    const bool waits = std::any_of(renewal->pools.begin(), renewal->pools.end(), [&](const PoolLife* pool) {
      return !pool->draining && std::any_of(pool->lives.begin(), pool->lives.end(), [&](const auto& life) {
        return !life->gone && life->ready_edition < renewal->edition;
      });
    });
    if (!waits) done.push_back(std::move(renewal));
  }
  std::erase(renewals_, nullptr);
  for (const auto& renewal : done) renewal->reply({});
}

void Supervisor::roll(PoolLife& pool, TimePoint now) {
  if (pool.draining) return;
  std::vector<Life*> behind;
  std::size_t all = 0;
  std::size_t serving = 0;
  std::size_t on_their_way = 0;
  const auto serves = [](const Life* life) { return life->instance->state.load() == InstanceState::ready; };
  for (const auto& life : pool.lives) {
    if (!life->gone && life->draining) on_their_way++;  // has been succeeded: one at a time of these, too
    if (!life->stays()) continue;
    all++;
    if (serves(life.get())) serving++;
    if (life->running && life->edition < pool.edition && !life->renewing) {
      if (life->successor == nullptr) behind.push_back(life.get());
    } else if (life->ready_edition < pool.edition) {
      on_their_way++;
    }
  }
  std::stable_partition(behind.begin(), behind.end(), [&](const Life* life) { return !serves(life); });
  const std::size_t share = std::max<std::size_t>(all / kShares, 1);
  for (Life* life : behind) {
    if (on_their_way++ >= share) return;
    if (!serves(life)) {
      renew(*life, now);
    } else if (serving > 1 || pool.pool.kind() == PoolKind::background) {
      serving--;
      renew(*life, now);
    } else {
      succeed(*life, now);
    }
  }
}

// In place.
void Supervisor::renew(Life& life, TimePoint now) {
  life.renewing = true;
  life.recycling = true;
  life.policy.reset();
  ask_to_leave(life, now);
  const TimePoint due = now + life.pool.pool.scope()->options().restart_timeout;
  life.timer = timers_.at(due, [this, &life](TimePoint at) { force(life, 0, at); });
}

// Successor first.
void Supervisor::succeed(Life& life, TimePoint now) {
  Life& successor = spawn(life.pool, life.instance->index(), life.instance->generation.load(), now);
  life.successor = &successor;
  successor.predecessor = &life;
}

// `life` has become ready.
void Supervisor::succeeded(Life& life, TimePoint now) {
  life.ready_edition = life.edition;
  if (life.boot_timer) timers_.cancel(*life.boot_timer);
  life.boot_timer.reset();
  if (life.recycling) return;  // it leaves already, for another restart
  if (Life* predecessor = std::exchange(life.predecessor, nullptr)) {
    predecessor->successor = nullptr;
    drain(*predecessor, life.pool.pool.scope()->options().restart_timeout, now);
  }
}

// `life` was abandoned, and its pool goes on.
void Supervisor::replace(const Life& life, TimePoint now) {
  if (life.pool.pool.kind() == PoolKind::script) return;  // started when there is one to run
  spawn(life.pool, life.instance->index(), life.instance->generation.load(), now);
}

// A run of a new edition has begun: its restart waits for it as long as a scope that is created does.
void Supervisor::expect_ready(Life& life, TimePoint now) {
  if (life.ready_edition >= life.edition || !is_renewed(life.pool)) return;
  life.boot_timer = timers_.at(now + life.pool.pool.scope()->options().start_timeout, [this, &life](TimePoint due) {
    life.boot_timer.reset();
    boots_slowly(life, due);
  });
}

// Not ready is not failed (C03) for a background worker. An HTTP worker serves nobody until it is ready, and those that
// are behind still do.
void Supervisor::boots_slowly(Life& life, TimePoint now) {
  const Pool& pool = life.pool.pool;
  const Failure slow{.code = FailureCode::timeout,
                     .message = "worker '" + pool.name() + "' (" + pool.options().file + ") is not ready " +
                                std::to_string(pool.scope()->options().start_timeout.count()) +
                                " ms after its restart"};
  emit(life, "slow", LogLevel::warn, &slow);
  if (pool.kind() == PoolKind::background) {
    life.ready_edition = life.edition;
    advance_renewals(now);
  } else {
    boots_in_vain(life, slow, now);
  }
}

// The restart has failed. Who was to take another's place leaves; else the instance is tried again, as after any crash.
void Supervisor::boots_in_vain(Life& life, const Failure& failure, TimePoint now) {
  if (Life* predecessor = std::exchange(life.predecessor, nullptr)) {
    predecessor->successor = nullptr;
    drain(life, life.pool.pool.scope()->options().restart_timeout, now);
  }
  if (life.ready_edition >= life.edition) return;  // it had booted, and crashes since
  fail_renewals(
      [&](const Renewal& renewal) {
        return std::find(renewal.pools.begin(), renewal.pools.end(), &life.pool) != renewal.pools.end();
      },
      failure);
}

void Supervisor::fail_renewals(const std::function<bool(const Renewal&)>& which, const Failure& failure) {
  std::vector<std::unique_ptr<Renewal>> failed;
  for (auto& renewal : renewals_) {
    if (which(*renewal)) failed.push_back(std::move(renewal));
  }
  std::erase(renewals_, nullptr);
  for (const auto& renewal : failed) renewal->reply(failure);
}

}  // namespace sidekick::core
