// What the threads of a World do, and what it does for the supervisor.
#include <algorithm>
#include <system_error>
#include <utility>

#include "supervisor_world.h"

namespace sidekick::core::test {

void World::act(PlayedThread& thread) {
  switch (thread.place) {
    case Place::waiting:
    case Place::ended: return;
    case Place::ordered: return thread.run ? begin(thread) : end_thread(thread);
    case Place::inside: return work(thread);
    case Place::left: return report(thread);
  }
}

void World::begin(PlayedThread& thread) {
  note(called(thread) + " begins");
  thread.place = Place::inside;
  thread.forced = thread.run->force.stop_requested();
  thread.forced_out = false;
  thread.report = {};
  thread.nature = chance(85) ? Nature::obedient : chance(60) ? Nature::deaf : Nature::stuck;
  if (thread.instance->pool().kind() == PoolKind::classic) return;  // between requests: outside
  gate_.enter(RestartGate::Admission::ordered);
  thread.in_gate = true;
}

void World::work(PlayedThread& thread) {
  if (thread.forced && thread.nature != Nature::stuck) {
    if (thread.forced_out || chance(70)) return leave(thread);
    note(called(thread) + " is forced out of its script");
    thread.forced_out = true;
    thread.forced = false;
    return supervisor_->on_forced_out(*thread.instance, now_);
  }
  if (thread.asked_to_leave() && thread.nature == Nature::obedient && chance(50)) return leave(thread);
  if (thread.nature == Nature::stuck && !chance(10)) return;  // now and then it comes back after all
  Instance& instance = *thread.instance;
  Pool& pool = instance.pool();
  if (pool.kind() == PoolKind::classic) {  // a request begins or ends
    if (!thread.in_gate && gate_.is_closed()) return;
    thread.in_gate ? gate_.leave() : gate_.enter(RestartGate::Admission::request);
    thread.in_gate = !thread.in_gate;
    if (pool.has_waiting_work()) pool.queue().take({});
    thread.in_gate ? instance.begin_request(nullptr) : instance.end_request();
    if (chance(50) || !thread.in_gate) return;
  }
  const bool waits = std::any_of(asks_.begin(), asks_.end(), [&](const auto& each) {
    return each->answers == 0 && each->demand.asker == &instance;
  });
  const std::uint32_t what = below(100);
  if (waits && what < 90) return;
  if (what < ready_percent_ && pool.scope() != nullptr && !thread.report.reached_ready) {
    note(called(thread) + " is ready");
    thread.report.reached_ready = true;
    if (thread.live()) ready_.insert(&pool);
    supervisor_->on_ready(instance, now_);
  } else if (what < 55 && pool.kind() == PoolKind::background) {
    note(called(thread) + " publishes");
    if (Slot::Publication(*pool.slot()).publish(Block::create(16))) supervisor_->on_published(*pool.slot(), now_);
  } else if (what < 65 && pool.kind() == PoolKind::http_worker) {
    thread.report.worked = true;
    if (pool.has_waiting_work()) pool.queue().take({});
    supervisor_->on_over_budget(instance, now_);
  } else if (what < 70 && pool.scope() != nullptr) {
    ask(&thread);
  } else if (what >= (pool.kind() == PoolKind::script ? 50 : 80) && pool.kind() != PoolKind::classic) {
    leave(thread);
  }
}

// The script ends: well, or not.
void World::leave(PlayedThread& thread) {
  thread.report.exit_status = chance(clean_percent_) ? 0 : 255;
  note(called(thread) + " leaves with " + std::to_string(thread.report.exit_status));
  thread.place = Place::left;
  if (thread.run->script) thread.run->script->finish(thread.report.exit_status);
  thread.instance->end_request();
  if (std::exchange(thread.in_gate, false)) gate_.leave();
}

void World::report(PlayedThread& thread) {
  thread.place = Place::waiting;
  const bool crashed = !thread.asked_to_leave() && thread.report.exit_status != 0;
  supervisor_->on_run_ended(*thread.instance, thread.report, now_);
  thread.run.reset();
  if (crashed && thread.live()) look_at_crash(thread);
}

void World::end_thread(PlayedThread& thread) {
  note(called(thread) + " ends");
  thread.place = Place::ended;
  supervisor_->on_thread_ended(*thread.instance, now_);
}

void World::spawn(Instance& instance) {
  if (chance(refused_percent_)) {
    note("no thread for " + instance.pool().name());
    throw std::system_error(EAGAIN, std::generic_category());
  }
  const bool is_anew = std::none_of(threads_.begin(), threads_.end(), [&](const auto& thread) {
    return thread->pool == &instance.pool() && thread->place != Place::ended;
  });
  if (is_anew) ready_.erase(&instance.pool());
  threads_.push_back(std::make_unique<PlayedThread>(instance));
  note("spawn " + called(*threads_.back()));
}

void World::interrupt(Instance& instance, const Interruption& interruption) {
  for (const auto& thread : threads_) {
    if (thread->place == Place::ended || thread->instance != &instance) continue;
    thread->forced = !thread->forced_out || interruption.everything;
  }
}

CacheNumbers World::restart_cache(RestartReason) {
  for (const auto& thread : threads_) {
    if (thread->in_gate) throw Violation("opcache restarts while " + called(*thread) + " is inside PHP");
  }
  note("opcache restarts");
  if (!refuses_restarts_) cache_.restarts++;
  return cache_;
}

}  // namespace sidekick::core::test
