// The supervisor decides the life of every worker: who starts, restarts, waits, gives up and stops. It is an actor: all
// its state belongs to one thread (PHP's main thread, core/runtime.h), which feeds it what happened and what time it
// is, so there are no locks here and every decision can be replayed in a test with a fake clock and fake threads.
//
//        demand / create_scope / close_scope / shut_down            (JavaScript, PHP, through Runtime::post)
//                               │
//      ready, published  ┌──────▼──────┐  order_run / order_end ──► Instance (its PHP thread)
//      run ended    ────►│ Supervisor  │  spawn, interrupt      ──► ThreadHost
//      thread ended      └──────┬──────┘  replies, worker events ──► Port or waiting PHP thread
//                             timers
//
// One instance:   booting ──ready──► ready ──drain──► draining ──► ended
//                    ▲  └──run ended──┐ │                 └─grace over, cannot be stopped─► abandoned
//                    └──── backoff ◄──┴─┘
//
// supervisor.cpp holds scopes and pools, supervisor_demands.cpp who waits for what, supervisor_circles.cpp who
// must not, supervisor_life.cpp one instance, supervisor_drain.cpp how its run is made to end, supervisor_tasks.cpp
// what that means for tasks, supervisor_requests.cpp requests that have had their time, supervisor_recycle.cpp runs
// that are ended early to be run again, supervisor_rolling.cpp restarts of workers, supervisor_restart.cpp those of
// opcache, supervisor_scaling.cpp pools that grow and shrink, supervisor_scripts.cpp scripts that run once.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/failure.h"
#include "core/options.h"
#include "core/pool.h"
#include "core/restart_gate.h"
#include "core/restart_plan.h"
#include "core/restart_policy.h"
#include "core/scope.h"
#include "core/script_run.h"
#include "core/timers.h"

namespace sidekick::core {

// Carries decisions out. Its methods are called on the supervisor's thread and must not block.
class ThreadHost {
 public:
  virtual ~ThreadHost() = default;
  // A new OS thread that serves `instance` until its next_run() says to end. Throws std::system_error.
  virtual void spawn(Instance& instance) = 0;
  // Makes the thread leave whatever it runs, as far as PHP allows; repeated until it has.
  virtual void interrupt(Instance& instance, const Interruption& interruption) = 0;
  // Restarts opcache; the gate is seized. Returns whether it did, and what is in memory then.
  virtual CacheNumbers restart_cache(RestartReason reason) = 0;
  virtual CacheNumbers cache_numbers() = 0;
  // Scripts that start from now on must not run from a cache that never looks whether their files have changed.
  virtual void expect_new_code() = 0;
  virtual void tell(LogLevel level, std::string message) = 0;  // the runtime's log
};

using Reply = std::function<void(const Failure&)>;

enum class Want : std::uint8_t { started, ready, published };

struct Demand {
  Scope* scope = nullptr;
  std::vector<std::string> names;
  Want want = Want::ready;
  const Instance* asker = nullptr;  // the one whose script waits; null: JavaScript asks
  bool fail_fast = false;           // the first boot failure answers, instead of the last one allowed
  std::optional<TimePoint> deadline;
  Reply reply;
};

class Supervisor {
 public:
  Supervisor(ThreadHost& host, RestartGate& gate, const RuntimeOptions& options);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // What is asked of it. Each reply comes once, on this thread, possibly before the call returns.
  void start_classic(TimePoint now);
  void create_scope(Scope& scope, Reply reply, TimePoint now);
  void close_scope(Scope& scope, Reply reply, TimePoint now);
  void demand(Demand demand, TimePoint now);
  // Runs the scripts of these workers (none named: of all workers of the scope; '': of the catch-all) anew, one share
  // of a pool after the other; see supervisor_rolling.cpp. Answered when all are ready again.
  void restart(Scope& scope, const std::vector<std::string>& names, Reply reply, TimePoint now);
  void shut_down(Milliseconds grace, TimePoint now);  // a second call can only shorten the grace
  // The request has had its time: its script is ended, by force, and its thread goes on with the next one.
  void stop_request(const std::shared_ptr<Exchange>& exchange, TimePoint now);
  void run_script(std::shared_ptr<ScriptRun> script, TimePoint now);
  void abort_script(const ScriptRun& script, TimePoint now);  // without grace
  // Asks an instance to leave its script (as a drain does) and runs the script again at once: no failure is counted, no
  // force follows. False: it runs nothing that could be left.
  bool recycle(Instance& instance, TimePoint now);
  // opcache wants to be restarted. It will be when every script has left PHP; see supervisor_restart.cpp.
  void restart_cache(RestartReason reason, TimePoint now);
  // Requests must not wait any longer: the restart under way is put off.
  void put_off_restart(TimePoint now);

  // What happened.
  void on_ready(Instance& instance, TimePoint now);
  void on_published(Slot& slot, TimePoint now);
  void on_run_ended(Instance& instance, const RunReport& report, TimePoint now);
  void on_forced_out(Instance& instance, TimePoint now);  // it has left its script; shutdown functions are next
  void on_thread_ended(Instance& instance, TimePoint now);
  // The instance has used up its budget for superseded snapshots; with `recycle` its script is run again between
  // requests, one instance of a pool at a time.
  void on_over_budget(Instance& instance, TimePoint now);
  // Tasks were offered to a worker none of whose instances may run.
  void on_tasks_waiting(TimePoint now) { order_demanded(now); }
  // Work waits in the pool's queue, and the pool may grow (Pool::must_tell_of_work).
  void on_work_waiting(Pool& pool, TimePoint now);
  void on_gate_empty(TimePoint now) { advance_restart(now); }

  // Time.
  std::optional<TimePoint> next_due() const { return timers_.next_due(); }
  void run_due(TimePoint now) { timers_.run_due(now); }
  void at(TimePoint due, std::function<void(TimePoint)> action) { timers_.at(due, std::move(action)); }

  Pool& classic_pool() { return classic_pool_; }
  bool finished() const { return shutting_down_ && live_threads_ == 0; }
  std::uint32_t live_threads() const { return live_threads_; }
  std::uint32_t abandoned() const { return abandoned_; }
  const RestartPlan& restart_plan() const { return plan_; }

  // For status: every instance whose thread has not ended, in order of creation.
  using Visit = std::function<void(const Instance&, std::uint32_t failures, const LastError&)>;
  void each_instance(const Visit& visit) const;
  // And every pool that is not ending: threads that stay, the least and the most that it may have.
  struct Extent {
    std::size_t threads;
    std::uint32_t least;
    std::uint32_t most;
  };
  void each_pool(const std::function<void(const Pool&, const Extent&)>& visit) const;

 private:
  struct Life;      // one instance
  struct PoolLife;  // one pool
  struct Waiting;   // one demand
  struct Opening;   // one create_scope under way
  struct Closing;   // one close_scope under way
  struct Renewal;   // one restart of workers under way

  // supervisor.cpp
  PoolLife& add_pool(Pool& pool, bool eager, std::uint32_t least, std::uint32_t most);
  static bool is_about(const Demand& demand, const PoolLife& pool);
  PoolLife* find_pool(const Scope& scope, const std::string& name) const;
  void start_pool(PoolLife& pool, TimePoint now);
  void drain_pool(PoolLife& pool, Milliseconds grace, TimePoint now);
  void open_if_ready(TimePoint now);
  void fail_opening(Scope& scope, const Failure& failure, TimePoint now);
  void close_if_drained();
  void sweep();
  bool is_opening(const PoolLife& pool) const;
  static void close_queue_if_gone(PoolLife& pool);
  void emit(const Life& life, const char* event, LogLevel level, const Failure* failure);

  // supervisor_demands.cpp
  Failure check_startable(const Scope& scope, const std::vector<std::string>& names) const;
  void start_by_name(Scope& scope, const std::string& name, TimePoint now);
  void settle_demands();
  bool is_satisfied(const Demand& demand, const std::string& name) const;
  std::string what_is_missing(const Demand& demand, const std::string& name) const;
  void fail_demands(const std::function<bool(const Demand&)>& which, const Failure& failure);

  // supervisor_circles.cpp
  struct Circle;
  Failure check_circle(const Demand& demand) const;
  const PoolLife* stuck_behind(const Demand& demand, const Circle& circle) const;
  bool is_stuck(const PoolLife& pool, const Circle& circle) const;
  const PoolLife* next_of(const PoolLife& pool, const Circle& circle) const;

  // supervisor_life.cpp
  Life& spawn(PoolLife& pool, std::uint32_t index, std::uint32_t generation, TimePoint now);
  void lack_thread(Life& life, const Failure& failure, TimePoint now);
  void order_run(Life& life, TimePoint now);
  void end_run(Life& life, const RunReport& report, TimePoint now);
  void run_again(Life& life, Milliseconds delay, TimePoint now);
  void give_up(Life& life, const Failure& failure, TimePoint now);
  void gone(Life& life, InstanceState state, TimePoint now);
  void forget(const Life& life);

  // supervisor_drain.cpp
  void drain(Life& life, Milliseconds grace, TimePoint now);
  void end_grace(Life& life, Milliseconds grace, TimePoint due);
  void ask_to_leave(Life& life, TimePoint now);
  void force(Life& life, std::uint32_t attempt, TimePoint now);
  void abandon(Life& life, TimePoint now);
  static void lose(Exchange& exchange, const Failure& failure);

  // supervisor_tasks.cpp
  void open_tasks(const PoolLife& pool);
  void close_tasks(const PoolLife& pool);
  void join_tasks(const Life& life);
  void leave_tasks(const Life& life, bool excused);

  // supervisor_requests.cpp
  void press(const std::shared_ptr<Exchange>& exchange, std::uint32_t attempt, TimePoint now);

  // supervisor_scripts.cpp
  void start_scripts(TimePoint now);
  void take_script(Life& life, Run& run);
  void end_script(Life& life, TimePoint now);
  void lose_script(Life& life, TimePoint now);
  void refuse_scripts();

  // supervisor_recycle.cpp
  void recycle_next(PoolLife& pool, TimePoint now);

  // supervisor_rolling.cpp
  Failure check_restartable(const Scope& scope, const std::vector<std::string>& names) const;
  bool is_renewed(const PoolLife& pool) const;
  void advance_renewals(TimePoint now);
  void roll(PoolLife& pool, TimePoint now);
  void renew(Life& life, TimePoint now);
  void succeed(Life& life, TimePoint now);
  void succeeded(Life& life, TimePoint now);
  void replace(const Life& life, TimePoint now);
  void expect_ready(Life& life, TimePoint now);
  void boots_slowly(Life& life, TimePoint now);
  void boots_in_vain(Life& life, const Failure& failure, TimePoint now);
  void fail_renewals(const std::function<bool(const Renewal&)>& which, const Failure& failure);

  // supervisor_scaling.cpp
  void measure(PoolLife& pool);
  void look_at_work(PoolLife& pool, TimePoint when);
  void grow(PoolLife& pool, TimePoint now);
  void shrink(PoolLife& pool, TimePoint now);
  bool release(Life& life, TimePoint now);
  static bool is_busy(Life& life, TimePoint now);
  void stop_scaling(PoolLife& pool);
  static std::uint32_t free_index(const PoolLife& pool);

  // supervisor_restart.cpp
  void advance_restart(TimePoint now);
  void begin_restart(TimePoint now);
  void close_gate(TimePoint now);
  void carry_out_restart(TimePoint now);
  void give_up_restart(const std::string& why, TimePoint now);
  void end_restart(bool restarted, TimePoint now);
  bool ask_out(PoolKind kind, TimePoint now);
  void order_demanded(TimePoint now);
  bool is_demanded(const PoolLife& pool) const;
  bool must_wait_for_restart(const PoolLife& pool) const;
  std::string who_is_inside() const;
  void arm_restart(TimePoint now);

  ThreadHost& host_;
  RestartGate& gate_;
  const RuntimeOptions options_;
  Timers timers_;
  RestartPlan plan_;
  std::optional<Timers::Id> restart_timer_;
  Pool classic_pool_;
  Pool script_pool_;
  PoolLife* scripts_ = nullptr;  // made when the first script comes
  std::deque<std::shared_ptr<ScriptRun>> waiting_scripts_;
  std::vector<std::unique_ptr<PoolLife>> pools_;
  std::unordered_map<const Instance*, Life*> lives_;
  std::vector<std::unique_ptr<Waiting>> waiting_;
  std::vector<Opening> openings_;
  std::vector<Closing> closings_;
  std::vector<std::unique_ptr<Renewal>> renewals_;
  std::uint64_t editions_ = 0;
  std::uint64_t next_demand_ = 1;
  std::uint32_t live_threads_ = 0;
  std::uint32_t abandoned_ = 0;
  bool shutting_down_ = false;
};

}  // namespace sidekick::core
