// A world for the supervisor to run in, played at random from one seed: scopes that come and go, JavaScript and scripts
// that ask for workers, threads that boot, publish, crash, refuse to leave, or that the system does not give. The same
// seed plays the same world. supervisor_random.cpp says what must hold in it.
//
// One thread, so an interleaving is an order of steps: whatever two real threads may do in either order is two steps
// here (a run leaves the gate, and then reports its end).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/exchange.h"
#include "core/script_run.h"
#include "core/supervisor.h"

namespace sidekick::core::test {

// What must never be.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A PHP thread as the supervisor knows it: by its orders and its reports.
struct PlayedThread {
  enum class Place : std::uint8_t { waiting, ordered, inside, left, ended };
  // How it takes a drain: leaves, leaves when it is forced, never leaves.
  enum class Nature : std::uint8_t { obedient, deaf, stuck };

  explicit PlayedThread(Instance& played)
      : instance(&played), pool(&played.pool()), index(played.index()), runs(played.generation.load()) {}

  Instance* instance;  // freed some time after the thread has ended
  Pool* pool;
  std::uint32_t index;
  Place place = Place::waiting;
  Nature nature = Nature::obedient;
  std::optional<Run> run;
  std::uint32_t runs = 0;
  std::uint32_t restarts_before = 0;  // the run
  bool in_gate = false;
  bool forced = false;
  bool forced_out = false;  // of its script: shutdown functions are under way, which are not forced at first
  RunReport report;

  bool abandoned() const { return place != Place::ended && instance->state.load() == InstanceState::abandoned; }
  bool live() const { return place != Place::ended && !abandoned(); }
  bool told_to_end() const { return place == Place::ordered && !run; }
  bool asked_to_leave() const { return run && run->drain.stop_requested(); }
};

struct Ask {
  Demand demand;  // without its reply
  std::uint32_t answers = 0;
};

// A restart of workers that was asked for.
struct Restart {
  const Scope* scope;
  std::vector<std::string> names;
  std::uint32_t number;
  std::uint32_t answers = 0;
};

// One that create_scope() was called for.
struct PlayedScope {
  std::unique_ptr<Scope> scope;
  TimePoint created;
  std::uint32_t opened = 0;
  Failure opening;
  std::uint32_t closes = 0;
  std::uint32_t closed = 0;
};

class World final : public ThreadHost {
 public:
  explicit World(std::uint64_t seed);

  void play(std::uint32_t steps);
  void end();  // shuts down, plays to the end, and looks at what is left

  const std::vector<std::string>& trace() const { return trace_; }

  // ThreadHost
  void spawn(Instance& instance) override;
  void interrupt(Instance& instance, const Interruption& interruption) override;
  CacheNumbers restart_cache(RestartReason reason) override;
  CacheNumbers cache_numbers() override { return cache_; }
  void expect_new_code() override {}
  void tell(LogLevel, std::string) override {}

 private:
  using Place = PlayedThread::Place;
  using Nature = PlayedThread::Nature;

  // supervisor_world.cpp: what happens
  void step();
  void create_scope();
  void close_scope(PlayedScope& scope);
  void ask(PlayedThread* asker);
  void restart(Scope& of);
  void request();
  void run_script();
  void abort_script();
  void publish_from_javascript();
  void pass(Milliseconds time);
  void wait_until(TimePoint target);
  void let_threads_end();

  // supervisor_world_threads.cpp
  void act(PlayedThread& thread);
  void begin(PlayedThread& thread);
  void work(PlayedThread& thread);
  void leave(PlayedThread& thread);
  void report(PlayedThread& thread);
  void end_thread(PlayedThread& thread);

  // supervisor_random.cpp: what must hold
  void take_orders();
  void look();
  void look_at_starts();
  void look_at_asks();
  void look_at_answer(const Ask& ask, const Failure& failure) const;
  void look_at_restart(const Restart& restart, const Failure& failure) const;
  void look_at_crash(const PlayedThread& thread);
  void look_at_opened(const PlayedScope& scope);
  void look_at_scope_gone(const Scope& scope) const;
  void look_at_end();
  bool surely_satisfied(const Demand& demand, const std::string& name) const;
  bool may_be_answered(const Demand& demand, const std::string& name) const;

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  template <class T>
  T& any(std::vector<T>& of) {
    return of[below(static_cast<std::uint32_t>(of.size()))];
  }
  PlayedScope& any_scope();
  PlayedThread* any_thread();
  void note(std::string what);
  std::string called(const PlayedThread& thread) const;

  std::mt19937_64 random_;
  std::vector<std::string> trace_;
  TimePoint now_{};
  std::shared_ptr<Port> port_ = std::make_shared<Port>([] {});
  RestartGate gate_;
  CacheNumbers cache_;
  std::unique_ptr<Supervisor> supervisor_;  // after what it refers to
  std::vector<std::unique_ptr<PlayedScope>> scopes_;
  std::vector<std::unique_ptr<PlayedThread>> threads_;
  std::vector<std::shared_ptr<Ask>> asks_;
  std::vector<std::shared_ptr<Restart>> restarts_;
  std::vector<std::shared_ptr<ScriptRun>> scripts_;  // in the order of their operations, from 0
  std::map<std::uint32_t, std::uint32_t> script_answers_;
  std::set<std::uint32_t> aborted_scripts_;  // nobody waits for these any more
  std::set<const Pool*> ready_;              // pools of which an instance was ready
  // The temper of this world.
  const std::uint32_t refused_percent_;  // threads that the system does not give
  const std::uint32_t clean_percent_;    // scripts that end well
  const std::uint32_t ready_percent_;
  const bool refuses_restarts_;
  bool gate_emptied_ = false;
  bool stopping_ = false;
};

}  // namespace sidekick::core::test
