// The supervisor's own records; included by its source files only.
#pragma once

#include <algorithm>

#include "core/supervisor.h"

namespace sidekick::core {

// Force (contract L04): PHP is interrupted again and again until the thread has left its script; one that has not
// within `kForceBound` sits in a call that PHP cannot interrupt. Then its shutdown functions may run, undisturbed for
// `kShutdownBound`; after that they are interrupted in the same way.
inline constexpr Milliseconds kForceInterval{50};
inline constexpr Milliseconds kForceBound{1000};
inline constexpr Milliseconds kShutdownBound{1000};

struct Supervisor::Life {
  Life(PoolLife& owner, std::unique_ptr<Instance> made, std::int32_t max_failures)
      : pool(owner), instance(std::move(made)), policy(max_failures) {}

  PoolLife& pool;
  std::unique_ptr<Instance> instance;  // kept after its thread has ended: the thread may still be on its last lines
  RestartPolicy policy;
  std::optional<std::stop_source> drain_source;  // of the run under way
  std::optional<std::stop_source> force_source;
  std::shared_ptr<StopPipe> stop_pipe;
  std::shared_ptr<ScriptRun> script;  // under way
  TimePoint started;
  std::optional<Timers::Id> timer;  // backoff, or the next step of a drain
  LastError last_error;
  bool running = false;      // a run was ordered and has not been reported as ended
  bool draining = false;     // it will not run again
  bool given_back = false;   // drains because it idled: not forced while it has work after all
  bool forced_out = false;   // of its script: shutdown functions are under way
  bool gone = false;         // its thread has ended or was abandoned
  bool recycling = false;    // asked to leave its script, which is then run again
  bool over_budget = false;  // waits for its turn to be recycled
  bool held = false;         // its next run is ordered when opcache has restarted
  // Restarts of workers (supervisor_rolling.cpp).
  std::uint64_t edition = 0;        // of the run under way: the restart that it began after
  std::uint64_t ready_edition = 0;  // of the last run that became ready
  TimePoint seen_busy{};            // supervisor_scaling.cpp: with a task
  bool renewing = false;            // recycling with a grace: a restart asked for it
  Life* successor = nullptr;        // boots to take its place
  Life* predecessor = nullptr;      // the other way round
  std::optional<Timers::Id> boot_timer;

  // It may run again.
  bool stays() const { return !gone && !draining; }
};

struct Supervisor::PoolLife {
  PoolLife(Pool& described, bool started_eagerly, std::uint32_t at_least, std::uint32_t at_most)
      : pool(described), eager(started_eagerly), least(at_least), most(std::max(at_least, at_most)) {}

  Pool& pool;
  bool eager;
  const std::uint32_t least;  // threads
  const std::uint32_t most;
  std::optional<Timers::Id> growth_timer;
  std::optional<Timers::Id> idle_timer;
  bool ready = false;    // sticky: at least one instance was ready once
  bool excused = false;  // was not ready by startTimeout; its scope no longer waits for it
  bool given_up = false;
  bool draining = false;
  std::string last_crash;     // what was said of it
  std::uint64_t edition = 0;  // the last restart that was asked for
  std::vector<std::unique_ptr<Life>> lives;

  bool all_ended() const {
    return std::all_of(lives.begin(), lives.end(),
                       [](const auto& life) { return life->instance->state.load() == InstanceState::ended; });
  }
  // Threads that stay.
  std::size_t size() const {
    return static_cast<std::size_t>(
        std::count_if(lives.begin(), lives.end(), [](const auto& life) { return life->stays(); }));
  }
  bool all_gone() const {
    return std::all_of(lives.begin(), lives.end(), [](const auto& life) { return life->gone; });
  }
};

struct Supervisor::Waiting {
  std::uint64_t id = 0;
  Demand demand;
  std::optional<Timers::Id> timer;
};

struct Supervisor::Opening {
  Scope* scope;
  Reply reply;
  Timers::Id timer;
  Failure failure;  // set: only waiting for the drain of what had started
};

struct Supervisor::Renewal {
  Scope* scope;
  std::uint64_t edition;
  std::vector<PoolLife*> pools;
  Reply reply;
};

struct Supervisor::Closing {
  Scope* scope;  // null: every scope (shut_down)
  Reply reply;
};

}  // namespace sidekick::core
