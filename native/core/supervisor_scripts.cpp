// Scripts that run once, as on a command line (contract J08). Each has a thread to itself while it runs; there are at
// most `script_threads` of them, which are started when they are needed and end when they have idled for a while. Who
// comes when all are busy waits in line.
#include <utility>

#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

namespace {

constexpr Milliseconds kIdleBound{10'000};

Failure script_stopped() { return {.code = FailureCode::stopped, .message = "the PHP runtime is stopping"}; }

}  // namespace

void Supervisor::run_script(std::shared_ptr<ScriptRun> script, TimePoint now) {
  if (shutting_down_) {
    script->fail(script_stopped());
    return;
  }
  waiting_scripts_.push_back(std::move(script));
  start_scripts(now);
}

void Supervisor::abort_script(const ScriptRun& script, TimePoint now) {
  if (std::erase_if(waiting_scripts_, [&](const auto& waiting) { return waiting.get() == &script; }) > 0) return;
  for (const auto& [instance, life] : lives_) {
    if (life->script.get() != &script || life->force_source->stop_requested()) continue;
    if (life->timer) timers_.cancel(*life->timer);
    force(*life, 0, now);
    return;
  }
}

void Supervisor::refuse_scripts() {
  for (const auto& script : std::exchange(waiting_scripts_, {})) script->fail(script_stopped());
}

// Gives what waits to threads that idle, and to new ones as long as there may be more.
void Supervisor::start_scripts(TimePoint now) {
  if (waiting_scripts_.empty()) return;
  if (scripts_ == nullptr) scripts_ = &add_pool(script_pool_, false, 0, options_.script_threads);
  auto& lives = scripts_->lives;
  for (const auto& life : lives) {
    if (waiting_scripts_.empty()) return;
    if (life->running || life->draining || life->gone) continue;
    if (life->timer) timers_.cancel(*life->timer);
    life->timer.reset();
    order_run(*life, now);
  }
  while (!waiting_scripts_.empty()) {
    const auto live = std::count_if(lives.begin(), lives.end(), [](const auto& life) { return !life->gone; });
    if (live >= static_cast<std::ptrdiff_t>(options_.script_threads)) return;
    const Life& spawned = spawn(*scripts_, free_index(*scripts_), 0, now);
    if (!spawned.gone) continue;
    const std::string why = spawned.last_error.message;
    forget(spawned);
    if (live > 0) return;  // the system has no thread for it now; one that is busy takes it later
    const auto script = std::move(waiting_scripts_.front());
    waiting_scripts_.pop_front();
    script->fail({.code = FailureCode::native, .message = "cannot run a script: " + why});
  }
}

void Supervisor::take_script(Life& life, Run& run) {
  run.script = life.script = std::move(waiting_scripts_.front());
  waiting_scripts_.pop_front();
}

void Supervisor::end_script(Life& life, TimePoint now) {
  life.script.reset();
  if (!waiting_scripts_.empty()) {
    order_run(life, now);
    return;
  }
  life.instance->enter(InstanceState::ready, now);
  life.timer = timers_.at(now + kIdleBound, [&life](TimePoint) {
    life.timer.reset();
    life.draining = true;
    life.instance->order_end();
  });
}

// Its thread does not come back.
void Supervisor::lose_script(Life& life, TimePoint now) {
  if (const auto script = std::exchange(life.script, nullptr)) {
    script->fail({.code = FailureCode::stopped,
                  .message = "the script cannot be stopped: PHP cannot interrupt what it waits for; it is abandoned"});
  }
  if (!shutting_down_) start_scripts(now);
}

}  // namespace sidekick::core
