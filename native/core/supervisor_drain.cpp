// How a run is made to end: asked to leave, forced when its grace is over, and abandoned with its thread when not even
// force helps (contract L04).
#include "core/exchange.h"
#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

void Supervisor::drain(Life& life, Milliseconds grace, TimePoint now) {
  if (life.gone) {  // nobody has to be told any more that it got no thread
    if (life.timer) timers_.cancel(*life.timer);
    life.timer.reset();
    return;
  }
  const bool first = !life.draining;
  life.draining = true;
  if (!life.running) {
    if (life.timer) timers_.cancel(*life.timer);
    life.timer.reset();
    life.instance->enter(InstanceState::draining, now);
    if (first) life.instance->order_end();
    return;
  }
  if (life.force_source->stop_requested()) return;  // past its grace already
  ask_to_leave(life, now);
  const TimePoint due = now + grace;
  if (life.timer) {
    if (life.timer->first <= due && !life.given_back) return;  // an earlier drain was shorter
    timers_.cancel(*life.timer);
  }
  life.given_back = false;
  end_grace(life, grace, due);
}

void Supervisor::end_grace(Life& life, Milliseconds grace, TimePoint due) {
  life.timer = timers_.at(due, [this, &life, grace](TimePoint at) {
    if (life.given_back && is_busy(life, at)) {
      end_grace(life, grace, at + grace);
    } else {
      force(life, 0, at);
    }
  });
}

void Supervisor::ask_to_leave(Life& life, TimePoint now) {
  if (life.instance->state.load() != InstanceState::draining) life.instance->enter(InstanceState::draining, now);
  if (life.stop_pipe) life.stop_pipe->signal_stop();
  life.drain_source->request_stop();
}

void Supervisor::force(Life& life, std::uint32_t attempt, TimePoint now) {
  life.timer.reset();
  if (attempt * kForceInterval >= kForceBound) {
    abandon(life, now);
    return;
  }
  life.force_source->request_stop();
  host_.interrupt(*life.instance, {.attempt = attempt, .everything = life.forced_out});
  life.timer =
      timers_.at(now + kForceInterval, [this, &life, attempt](TimePoint due) { force(life, attempt + 1, due); });
}

void Supervisor::abandon(Life& life, TimePoint now) {
  abandoned_++;
  life.drain_source->request_stop();
  life.instance->order_end();  // should it come back after all, it ends
  const Failure failure{.code = FailureCode::stopped,
                        .message = "thread of '" + life.pool.pool.name() +
                                   "' cannot be stopped: PHP cannot interrupt what it waits for; it is abandoned"};
  emit(life, "failed", LogLevel::error, &failure);
  if (life.pool.pool.scope() == nullptr) host_.tell(LogLevel::error, failure.message);
  if (const auto request = life.instance->request_under_way()) lose(*request, failure);
  gone(life, InstanceState::abandoned, now);
  if (!life.draining) replace(life, now);  // its run had to end, not its thread
}

// Whoever waits for what the thread has been serving waits no longer.
void Supervisor::lose(Exchange& exchange, const Failure& failure) {
  if (exchange.message() != nullptr) {
    exchange.refuse(failure);
  } else {
    exchange.send({}, {}, Event::kLast | Event::kAborted, {});
  }
}

void Supervisor::on_forced_out(Instance& instance, TimePoint now) {
  Life& life = *lives_.at(&instance);
  // Only its request has had its time: see supervisor_requests.cpp.
  if (life.running && !life.force_source->stop_requested()) return;
  if (life.gone || life.forced_out) return;
  life.forced_out = true;
  if (life.timer) timers_.cancel(*life.timer);
  life.timer = timers_.at(now + kShutdownBound, [this, &life](TimePoint due) { force(life, 0, due); });
}

}  // namespace sidekick::core
