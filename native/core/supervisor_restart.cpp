// Restarts of opcache. They wipe memory that every running script reads, so all have to leave PHP first; see
// core/restart_gate.h for who is inside, core/restart_plan.h for when.
//
// Background workers go first, while requests are served as ever: a worker that does not leave costs nobody anything.
// Then, unless a request runs that has taken too long already, the gate is closed: requests wait, HTTP workers leave
// between two requests. Runs that end meanwhile are held, and ordered when the gate is open again. When the patience
// ends first, the gate is opened, the cache stays in service as it is, and who has left runs again.
//
// Nobody is asked to leave before it is ready (a boot ends by itself), and nobody whom a waiting script needs: a
// background worker that a demand or a task waits for is ordered to run even now, and asked to leave when nobody waits
// any more (of tasks: when it has taken one).
// A script that waits for the runtime in another way (a request to its own server) is what the patience is for.
#include "core/supervisor.h"

#include "core/supervisor_state.h"

namespace sidekick::core {

namespace {

const char* setting_of(RestartReason reason) {
  return reason == RestartReason::files ? "opcache.max_accelerated_files" : "opcache.memory_consumption";
}

std::string megabytes(std::size_t bytes) { return std::to_string((bytes + (1U << 19)) >> 20) + " MB"; }

std::string milliseconds(Milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

void Supervisor::restart_cache(RestartReason reason, TimePoint now) {
  if (shutting_down_ || plan_.waiting()) return;
  plan_.want(reason);
  const CacheNumbers numbers = host_.cache_numbers();
  const std::string full = std::string("opcache is full, ") + megabytes(numbers.wasted_bytes) + " of " +
                           megabytes(numbers.memory_bytes) + " wasted: ";
  if (plan_.never()) {
    host_.tell(LogLevel::warn, full +
                                   "it stays as it is (opcache.restartTimeout is 0), and what is not in it is compiled "
                                   "at each include; raise " +
                                   setting_of(reason));
    return;
  }
  host_.tell(LogLevel::info, full + "it restarts as soon as every script has left PHP");
  advance_restart(now);
}

// Does what can be done now; called whenever something has changed that it may depend on.
void Supervisor::advance_restart(TimePoint now) {
  if (shutting_down_) return;
  if (plan_.is_due(now) && !plan_.never()) begin_restart(now);
  if (plan_.phase() == RestartPlan::Phase::leaving && !ask_out(PoolKind::background, now)) close_gate(now);
  if (plan_.phase() == RestartPlan::Phase::closed) {
    ask_out(PoolKind::background, now);
    ask_out(PoolKind::http_worker, now);
    if (gate_.seize()) carry_out_restart(now);
  }
  if (plan_.is_late(now)) {
    give_up_restart(who_is_inside() + " did not leave PHP within " + milliseconds(plan_.patience()), now);
  }
  arm_restart(now);
}

void Supervisor::begin_restart(TimePoint now) {
  plan_.begin(now);
  if (abandoned_ > 0) give_up_restart("an abandoned thread is inside PHP", now);  // for good: do not even try
}

// Not in front of a request that has run for longer than others would have to wait: it is not likely to end now.
void Supervisor::close_gate(TimePoint now) {
  const bool is_long = std::any_of(lives_.begin(), lives_.end(), [&](const auto& life) {
    const Instance& instance = *life.first;
    return instance.busy.load(std::memory_order_acquire) && now - instance.busy_since.load() >= plan_.patience();
  });
  if (is_long) {
    give_up_restart("a request has run for longer than " + milliseconds(plan_.patience()), now);
    return;
  }
  plan_.close(now);
  gate_.close();
}

void Supervisor::carry_out_restart(TimePoint now) {
  const RestartReason reason = plan_.reason();
  const Milliseconds waited = plan_.closed_for(now);
  const CacheNumbers before = host_.cache_numbers();
  const CacheNumbers after = host_.restart_cache(reason);
  const bool restarted = after.restarts > before.restarts;
  if (!restarted) {
    give_up_restart("opcache refused to", now);
    return;
  }
  const bool again = plan_.restarted(now);
  end_restart(true, now);
  std::string message =
      "opcache restarted: " + megabytes(before.wasted_bytes) + " regained; requests waited " + milliseconds(waited);
  if (again) message += std::string("; it was not long ago that it did, so raise ") + setting_of(reason);
  host_.tell(again ? LogLevel::warn : LogLevel::info, std::move(message));
}

void Supervisor::put_off_restart(TimePoint now) {
  if (plan_.phase() != RestartPlan::Phase::closed) return;
  give_up_restart("too many requests wait", now);
  arm_restart(now);
}

void Supervisor::give_up_restart(const std::string& why, TimePoint now) {
  const CacheNumbers numbers = host_.cache_numbers();
  const std::string setting = setting_of(plan_.reason());
  const auto delay = std::chrono::duration_cast<std::chrono::seconds>(plan_.put_off(now));
  end_restart(false, now);
  host_.tell(LogLevel::warn, "opcache could not restart: " + why + ". It stays in service with " +
                                 megabytes(numbers.wasted_bytes) +
                                 " wasted, what is not in it is compiled at each include; next try in " +
                                 std::to_string(delay.count()) + " s. A larger " + setting + " makes restarts rarer");
}

// Everything runs again.
void Supervisor::end_restart(bool restarted, TimePoint now) {
  gate_.reopen(restarted);
  for (const auto& pool : pools_) {
    for (const auto& life : pool->lives) {
      if (life->held && !life->draining && !life->gone) order_run(*life, now);
    }
  }
}

// Asks the instances of a kind to leave; returns whether one still runs.
bool Supervisor::ask_out(PoolKind kind, TimePoint now) {
  bool inside = false;
  for (const auto& pool : pools_) {
    if (pool->pool.kind() != kind) continue;
    for (const auto& life : pool->lives) {
      if (!life->running || life->gone) continue;
      inside = true;
      const TaskQueue* tasks = pool->pool.tasks();  // each run takes a task, or nothing would ever be taken
      if (tasks != nullptr && life->stop_pipe && tasks->awaits(*life->stop_pipe)) continue;
      if (life->instance->state.load() == InstanceState::ready && !is_demanded(*pool)) recycle(*life->instance, now);
    }
  }
  return inside;
}

// A script inside may wait for these: they run now.
void Supervisor::order_demanded(TimePoint now) {
  if (plan_.phase() == RestartPlan::Phase::idle) return;
  for (const auto& pool : pools_) {
    for (const auto& life : pool->lives) {
      if (life->held && !life->draining && !life->gone && !must_wait_for_restart(*pool)) order_run(*life, now);
    }
  }
}

bool Supervisor::is_demanded(const PoolLife& pool) const {
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& waiting) {
    return is_about(waiting->demand, pool) && !is_satisfied(waiting->demand, pool.pool.name());
  });
}

bool Supervisor::must_wait_for_restart(const PoolLife& pool) const {
  switch (pool.pool.kind()) {
    case PoolKind::classic:
    case PoolKind::script: return false;  // they wait at the gate
    case PoolKind::http_worker: return plan_.phase() == RestartPlan::Phase::closed;
    case PoolKind::background:
      return plan_.phase() != RestartPlan::Phase::idle && !is_demanded(pool) && !pool.pool.tasks()->lacks_listener();
  }
  return false;
}

// Of those who have been asked.
std::string Supervisor::who_is_inside() const {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> names;
  for (const auto& pool : pools_) {
    if (plan_.phase() == RestartPlan::Phase::leaving && pool->pool.kind() != PoolKind::background) continue;
    for (const auto& life : pool->lives) {
      const PoolKind kind = pool->pool.kind();
      const bool inside = kind == PoolKind::classic ? life->instance->busy.load() : life->running;
      if (!inside || life->gone) continue;
      std::string name = kind == PoolKind::classic  ? "a request"
                         : kind == PoolKind::script ? "a script of run()"
                                                    : "worker '" + pool->pool.name() + "'";
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
  }
  if (names.empty()) return "a thread";
  std::string text = names.front();
  for (std::size_t place = 1; place < std::min(names.size(), kNamed); place++) text += ", " + names[place];
  return names.size() > kNamed ? text + " and others" : text;
}

void Supervisor::arm_restart(TimePoint now) {
  if (restart_timer_) timers_.cancel(*restart_timer_);
  restart_timer_.reset();
  const auto next = plan_.never() ? std::nullopt : plan_.next();
  if (!next) return;
  restart_timer_ = timers_.at(std::max(*next, now), [this](TimePoint due) {
    restart_timer_.reset();
    advance_restart(due);
  });
}

}  // namespace sidekick::core
