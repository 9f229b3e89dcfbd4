// One instance from its thread's start to its end: runs, backoff, giving up.
#include <system_error>
#include <utility>

#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

namespace {

// A restart of workers waits for as many failures of one that is never given up.
constexpr std::uint32_t kRestartFailures = 6;

}  // namespace

// `generation`: of the one whose place it takes; its first run is the next.
Supervisor::Life& Supervisor::spawn(PoolLife& pool, std::uint32_t index, std::uint32_t generation, TimePoint now) {
  const auto max_failures = pool.pool.scope() == nullptr ? -1 : pool.pool.options().max_consecutive_failures;
  Life& life = *pool.lives.emplace_back(
      std::make_unique<Life>(pool, std::make_unique<Instance>(pool.pool, index), max_failures));
  life.edition = pool.edition;
  life.instance->generation.store(generation);
  life.instance->enter(InstanceState::booting, now);
  lives_[life.instance.get()] = &life;
  try {
    host_.spawn(*life.instance);
  } catch (const std::system_error& error) {
    life.last_error.message = error.what();
    life.gone = true;
    life.instance->enter(InstanceState::ended, now);
    if (pool.pool.scope() == nullptr) return life;
    // Told later in this same turn: whoever asked for the pool is not on the list of those who wait for it yet.
    const Failure failure{.code = FailureCode::boot_failed,
                          .message = "worker '" + pool.pool.name() + "': " + error.what(),
                          .attempts = 1,
                          .last_error = life.last_error};
    life.timer = timers_.at(now, [this, &life, failure](TimePoint due) {
      life.timer.reset();
      lack_thread(life, failure, due);
    });
    return life;
  }
  live_threads_++;
  measure(pool);
  order_run(life, now);
  return life;
}

// The system refused a thread. A pool that has others goes on with those; one that has none, or is wanted for a scope
// that is being created, has failed.
void Supervisor::lack_thread(Life& life, const Failure& failure, TimePoint now) {
  if (life.pool.draining) return;
  if (!is_opening(life.pool) && !life.pool.all_gone()) {
    emit(life, "failed", LogLevel::error, &failure);
    boots_in_vain(life, failure, now);
    forget(life);
    return;
  }
  give_up(life, failure, now);
}

void Supervisor::order_run(Life& life, TimePoint now) {
  life.held = must_wait_for_restart(life.pool);
  if (life.held) return;
  life.started = now;
  life.edition = life.pool.edition;
  Run run;
  life.drain_source.emplace();
  life.force_source.emplace();
  run.drain = life.drain_source->get_token();
  run.force = life.force_source->get_token();
  run.generation = life.instance->generation.load() + 1;
  if (life.pool.pool.kind() == PoolKind::script) take_script(life, run);
  if (life.pool.pool.kind() == PoolKind::background) {
    try {
      run.stop_pipe = life.stop_pipe = std::make_shared<StopPipe>();
    } catch (const std::system_error& error) {  // no descriptor left: as good a failure as any
      const RunReport report{.exit_status = 255, .last_error = {.message = error.what()}};
      life.timer = timers_.at(now, [this, &life, report](TimePoint due) {
        life.timer.reset();
        on_run_ended(*life.instance, report, due);
      });
      return;
    }
  }
  life.running = true;
  join_tasks(life);
  life.forced_out = false;
  life.instance->generation.store(run.generation);
  life.instance->enter(InstanceState::booting, now);
  life.instance->order_run(std::move(run));
  expect_ready(life, now);
  emit(life, "start", LogLevel::debug, nullptr);
}

void Supervisor::on_ready(Instance& instance, TimePoint now) {
  Life& life = *lives_.at(&instance);
  if (life.gone) return;
  if (!life.draining && !life.recycling) instance.enter(InstanceState::ready, now);
  life.pool.ready = true;
  emit(life, "ready", LogLevel::debug, nullptr);
  succeeded(life, now);
  settle_demands();
  open_if_ready(now);
  recycle_next(life.pool, now);
  advance_renewals(now);
  advance_restart(now);
}

void Supervisor::on_published(Slot&, TimePoint now) {
  settle_demands();
  advance_restart(now);
}

void Supervisor::on_run_ended(Instance& instance, const RunReport& report, TimePoint now) {
  end_run(*lives_.at(&instance), report, now);
  advance_renewals(now);
  advance_restart(now);
}

void Supervisor::end_run(Life& life, const RunReport& report, TimePoint now) {
  life.running = false;
  leave_tasks(life, life.recycling || life.draining);
  life.stop_pipe.reset();
  // What its script waited for when it had to leave concerns nobody any more.
  fail_demands([&](const Demand& demand) { return demand.asker == life.instance.get(); },
               {.code = FailureCode::stopped, .message = "the script that waited has ended"});
  if (life.gone) return;  // an abandoned thread came back after all: on_thread_ended will be next
  life.last_error = report.last_error;
  if (life.timer) timers_.cancel(*life.timer);
  life.timer.reset();
  if (life.boot_timer) timers_.cancel(*life.boot_timer);
  life.boot_timer.reset();
  life.renewing = false;
  const bool recycled = std::exchange(life.recycling, false);
  life.over_budget = false;
  if (life.draining) {
    emit(life, "exit", LogLevel::debug, nullptr);
    life.script.reset();
    life.instance->order_end();
    return;
  }
  if (life.pool.pool.kind() == PoolKind::script) {
    end_script(life, now);
    return;
  }

  // An HTTP worker that ends without ever having asked for a request has not booted, whatever its exit status.
  // One that was asked to leave has not failed, whatever it says.
  const bool clean =
      recycled || (report.exit_status == 0 && (report.reached_ready || life.pool.pool.kind() != PoolKind::http_worker));
  if (clean) {
    emit(life, "exit", LogLevel::debug, nullptr);
    // A script that was asked to leave is not one that exits at once: no pacing.
    run_again(life, life.policy.after_clean_exit(now - life.started, report.worked || recycled).delay, now);
    return;
  }
  const auto decision = life.policy.after_failure(now - life.started, report.worked);
  const WorkerOptions& options = life.pool.pool.options();
  Failure failure{.code = FailureCode::boot_failed,
                  .message = "worker '" + life.pool.pool.name() + "' (" + options.file + ") " +
                             (report.reached_ready ? "crashed" : "failed to boot") + " with exit status " +
                             std::to_string(report.exit_status) + " (attempt " +
                             std::to_string(life.policy.failures()) + ")",
                  .attempts = life.policy.failures(),
                  .exit_status = report.exit_status,
                  .last_error = report.last_error};
  if (report.exit_status == 0) failure.message += ": it ended without calling frankenphp_handle_request()";
  if (!report.last_error.message.empty()) failure.message += ": " + report.last_error.message;
  if (!report.last_error.file.empty()) {
    failure.message += " in " + report.last_error.file + ":" + std::to_string(report.last_error.line);
  }
  life.pool.last_crash = failure.message;
  emit(life, "crash", LogLevel::warn, &failure);
  if (!life.pool.ready) {
    fail_demands([&](const Demand& demand) { return demand.fail_fast && is_about(demand, life.pool); }, failure);
  }
  const bool in_vain = decision.give_up || life.policy.failures() >= kRestartFailures;
  if (in_vain) boots_in_vain(life, failure, now);
  if (!life.stays() || (in_vain && release(life, now))) return;
  if (decision.give_up) {
    give_up(life, failure, now);
  } else {
    run_again(life, decision.delay, now);
  }
}

void Supervisor::run_again(Life& life, Milliseconds delay, TimePoint now) {
  if (delay == Milliseconds{0}) {
    order_run(life, now);
    return;
  }
  life.instance->enter(InstanceState::backoff, now);
  life.timer = timers_.at(now + delay, [this, &life](TimePoint due) {
    life.timer.reset();
    order_run(life, due);
  });
}

// Too many failures in a row. A worker that was started on demand is given back: the next demand starts it anew. An
// eager one fails the scope that is being created; later it keeps trying, and says so.
void Supervisor::give_up(Life& life, const Failure& failure, TimePoint now) {
  PoolLife& pool = life.pool;
  const Scope* scope = pool.pool.scope();
  const bool opening = is_opening(pool);
  if (pool.eager && !opening && !life.gone) {
    emit(life, "failed", LogLevel::error, &failure);
    run_again(life, life.policy.delay_now(), now);
    return;
  }
  emit(life, "failed", LogLevel::error, &failure);
  pool.given_up = true;
  drain_pool(pool, scope->options().restart_timeout, now);
  fail_demands([&](const Demand& demand) { return is_about(demand, pool); }, failure);
  if (opening) fail_opening(*pool.pool.scope(), failure, now);
  open_if_ready(now);
}

void Supervisor::on_thread_ended(Instance& instance, TimePoint now) {
  Life& life = *lives_.at(&instance);
  if (life.gone) {  // had been abandoned, and came back
    instance.enter(InstanceState::ended, now);
    abandoned_--;
  } else {
    gone(life, InstanceState::ended, now);
  }
  forget(life);
  sweep();
}

// One whose thread has ended while its pool goes on: another has taken its place, or none was needed.
void Supervisor::forget(const Life& life) {
  PoolLife& pool = life.pool;
  if (pool.draining) return;  // sweep() forgets the whole pool
  if (life.successor != nullptr) life.successor->predecessor = nullptr;
  if (life.predecessor != nullptr) life.predecessor->successor = nullptr;
  lives_.erase(life.instance.get());
  std::erase_if(pool.lives, [&](const auto& each) { return each.get() == &life; });
}

void Supervisor::gone(Life& life, InstanceState state, TimePoint now) {
  life.gone = true;
  if (state == InstanceState::abandoned) leave_tasks(life, true);
  life.instance->enter(state, now);
  for (auto* timer : {&life.timer, &life.boot_timer}) {
    if (*timer) timers_.cancel(**timer);
    timer->reset();
  }
  live_threads_--;
  measure(life.pool);
  close_queue_if_gone(life.pool);
  if (life.pool.pool.kind() == PoolKind::script) lose_script(life, now);
  open_if_ready(now);
  close_if_drained();
  advance_renewals(now);
  advance_restart(now);
}

}  // namespace sidekick::core
