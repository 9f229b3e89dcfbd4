// Pools that grow when work waits and shrink when they idle (contract W07, C04): classic threads from `threads` to
// `maxThreads`, an HTTP worker's and a named background worker's instances from `num` to `maxThreads`.
//
// Who queues work tells of it once (Pool::must_tell_of_work); the supervisor looks a moment later, for work that is
// taken at once needs no thread. While some waits it adds one instance after the other, each when the one before is
// ready: how fast a pool grows follows from how fast its script boots. Nothing is added while a restart of opcache
// keeps everyone out of PHP, which is what the work then waits for.
//
// An instance that had nothing to do for some seconds drains; the queue gives work to the thread that parked last, so
// the same ones idle. One that does not boot is not tried for ever, as those are that the pool is declared with: it
// goes.
#include <algorithm>

#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

namespace {

constexpr Milliseconds kStall{5};
constexpr Milliseconds kNoThread{1'000};  // until the system is asked for one again
constexpr Milliseconds kIdle{5'000};
constexpr Milliseconds kSweep{1'000};
constexpr Milliseconds kClassicGrace{6'000};

}  // namespace

void Supervisor::on_work_waiting(Pool& waiting, TimePoint now) {
  const auto found =
      std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) { return &pool->pool == &waiting; });
  if (found == pools_.end() || (*found)->draining || (*found)->growth_timer) return;
  look_at_work(**found, now + kStall);
}

void Supervisor::look_at_work(PoolLife& pool, TimePoint when) {
  pool.growth_timer = timers_.at(when, [this, &pool](TimePoint due) {
    pool.growth_timer.reset();
    grow(pool, due);
  });
}

// Says to those who queue work whether they have to tell of it.
void Supervisor::measure(PoolLife& pool) { pool.pool.may_grow.store(!pool.draining && pool.size() < pool.most); }

void Supervisor::grow(PoolLife& pool, TimePoint now) {
  pool.pool.told_of_work();  // before it is looked: who comes after the look tells again
  if (pool.size() >= pool.most || !pool.pool.has_waiting_work()) return;
  const bool one_is_coming = std::any_of(pool.lives.begin(), pool.lives.end(), [](const auto& life) {
    return life->stays() && life->instance->state.load() != InstanceState::ready;
  });
  bool refused = false;
  if (!one_is_coming && plan_.phase() != RestartPlan::Phase::closed) {
    const Life& added = spawn(pool, free_index(pool), 0, now);
    refused = added.gone;
    if (refused && pool.pool.scope() == nullptr) {  // a scope's is told of, and forgotten, by lack_thread()
      host_.tell(LogLevel::error, "cannot add a thread for '" + pool.pool.name() + "': " + added.last_error.message);
      forget(added);
    }
  }
  if (!pool.idle_timer && pool.size() > pool.least) shrink(pool, now);
  look_at_work(pool, now + (refused ? kNoThread : kStall));
}

// Takes back what has idled, and looks again later while there is more than the pool was declared with.
void Supervisor::shrink(PoolLife& pool, TimePoint now) {
  pool.idle_timer.reset();
  const auto serves = [](const auto& life) { return life->stays() && life->instance->state == InstanceState::ready; };
  auto serving = std::count_if(pool.lives.begin(), pool.lives.end(), serves);
  const bool keeps_all = is_renewed(pool) || pool.pool.has_waiting_work();
  for (auto& life : pool.lives) {
    if (serving <= pool.least || keeps_all) break;
    const Instance& instance = *life->instance;
    if (!serves(life) || is_busy(*life, now)) continue;
    if (now - std::max({instance.since.load(), instance.idle_since.load(), life->seen_busy}) < kIdle) continue;
    release(*life, now);
    serving--;
  }
  if (pool.size() <= pool.least) return;
  pool.idle_timer = timers_.at(now + kSweep, [this, &pool](TimePoint due) { shrink(pool, due); });
}

// With a request, or with a task.
bool Supervisor::is_busy(Life& life, TimePoint now) {
  if (life.instance->busy.load(std::memory_order_acquire)) return true;
  const TaskQueue* tasks = life.pool.pool.tasks();
  if (tasks == nullptr || !life.stop_pipe || !tasks->is_held_by(*life.stop_pipe)) return false;
  life.seen_busy = now;
  return true;
}

// It is asked to leave because it has nothing to do; should it have taken something at that very moment, it has the
// time for it that any other has. False: the pool needs it.
bool Supervisor::release(Life& life, TimePoint now) {
  const Scope* scope = life.pool.pool.scope();
  if (life.pool.size() <= life.pool.least) return false;
  drain(life, scope == nullptr ? kClassicGrace : scope->options().restart_timeout, now);
  life.given_back = true;
  measure(life.pool);
  return true;
}

void Supervisor::stop_scaling(PoolLife& pool) {
  for (auto* timer : {&pool.growth_timer, &pool.idle_timer}) {
    if (*timer) timers_.cancel(**timer);
    timer->reset();
  }
  pool.pool.told_of_work();  // it may be started again
  measure(pool);
}

std::uint32_t Supervisor::free_index(const PoolLife& pool) {
  std::uint32_t index = 0;
  const auto is_taken = [&](const auto& life) { return !life->gone && life->instance->index() == index; };
  while (std::any_of(pool.lives.begin(), pool.lives.end(), is_taken)) index++;
  return index;
}

}  // namespace sidekick::core
