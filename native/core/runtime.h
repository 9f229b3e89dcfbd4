// The one embedded PHP of this process, seen from outside: JavaScript environments join it, create scopes and hand
// requests over; PHP threads report to it. A leaked singleton: PHP threads may outlive every JavaScript environment
// and every static destructor.
//
// Its main thread starts PHP up, then is the supervisor's thread until the runtime stops, then shuts PHP down.
// Lock order: Runtime::mutex_ is taken before nothing but Port's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/engine.h"
#include "core/exchange.h"
#include "core/pins.h"
#include "core/scope.h"
#include "core/supervisor.h"
#include "core/thread.h"

namespace sidekick::core {

enum class RuntimeState : std::uint8_t {
  idle,  // may be started
  starting,
  running,
  stopping,
  unusable,  // a PHP thread could not be stopped: PHP stays loaded and cannot be started again in this process
};

struct InstanceStatus {
  std::string scope;
  std::string worker;
  PoolKind kind = PoolKind::classic;
  std::uint32_t index = 0;
  InstanceState state = InstanceState::booting;
  bool busy = false;
  std::chrono::system_clock::time_point since;  // of the state
  std::uint32_t generation = 0;
  std::uint64_t requests = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t copied_reads = 0;
  Superseded superseded;  // what its script holds pinned
  std::uint32_t failures = 0;
  LastError last_error;
};

// The tasks of one name of one scope.
struct TaskStatus {
  std::string scope;
  std::string worker;
  TaskNumbers numbers;
};

struct PoolStatus {
  PoolKind kind = PoolKind::classic;
  std::string scope;
  std::string worker;
  std::size_t threads = 0;
  std::uint32_t least = 0;
  std::uint32_t most = 0;
  std::size_t waiting = 0;
};

struct RuntimeStatus {
  RuntimeState state = RuntimeState::idle;
  std::vector<InstanceStatus> instances;
  std::vector<TaskStatus> tasks;
  std::vector<PoolStatus> pools;
  std::size_t classic_waiting = 0;
  std::uint32_t abandoned_threads = 0;
  Superseded superseded;          // snapshots that somebody still holds
  std::size_t current_bytes = 0;  // of the snapshots in service
  CacheNumbers opcache;
  bool restart_waiting = false;
  std::uint64_t restarts_put_off = 0;
};

class Runtime final : public ThreadHost {
 public:
  static Runtime& instance();

  // --- JavaScript environments: none of these blocks, but for those that say so ---------------------------------

  // Starts PHP, or joins the one that runs when `options_key` (a canonical text of the options) is the same as the
  // first start's; answers operation `operation` on `port`. Each start() that succeeded needs one stop(). While the
  // runtime is stopping, a start waits for that to end.
  void start(Engine& engine, RuntimeOptions options, std::string options_key, std::shared_ptr<Port> port,
             std::uint32_t operation);
  // The last one drains every thread, waits `grace`, forces, and shuts PHP down; answers when all that is done.
  void stop(Milliseconds grace, std::shared_ptr<Port> port, std::uint32_t operation);

  // The scope can be used once `operation` is answered; the reference is valid for ever.
  Scope& create_scope(ScopeOptions options, const std::shared_ptr<Port>& port, std::uint32_t operation);
  void close_scope(Scope& scope, const std::shared_ptr<Port>& port, std::uint32_t operation);
  // The scope of the runtime's own workers, to the first who asks; null: there is none, or somebody has it.
  Scope* take_global_scope();
  // An open scope by name, for another environment; null when there is none.
  Scope* find_scope(std::string_view name);

  // Hands a request to the HTTP worker that it is for, or to a classic thread.
  Failure dispatch(std::shared_ptr<Exchange> exchange);
  // The request has had its time: ends its script. Nothing more comes of it.
  void stop_request(std::shared_ptr<Exchange> exchange);
  // Takes a request back that no thread has taken yet; false: one has.
  bool withdraw(const Exchange& exchange);

  // Starts what of `names` does not run and answers `operation` when all are as far as `want` says.
  void demand(Scope& scope, std::vector<std::string> names, Want want, Milliseconds timeout,
              const std::shared_ptr<Port>& port, std::uint32_t operation);

  // --- Tasks (core/task.h); runtime_tasks.cpp ---------------------------------------------------------------------

  // Hands `task` to the queue of `name`, starting its worker if need be. Does not wait: a failure (the deadline among
  // them) ends the task, so its sender reads it.
  void send_task(Scope& scope, const std::string& name, const TaskRef& task, Milliseconds timeout);
  // The same for a PHP thread, which waits for a place until `timeout` or until it must leave. On a failure the task is
  // cancelled. `demand`: scope, one name, asker.
  Failure send_task_and_wait(Demand demand, const TaskRef& task, Milliseconds timeout, const Parking& parking,
                             const std::stop_token& leave);

  // Runs a script on a thread of its own, as soon as there is one for it; it answers its own operation.
  void run_script(std::shared_ptr<ScriptRun> script);
  void abort_script(std::shared_ptr<ScriptRun> script);  // it is stopped without grace, and its streams are closed

  // Runs the scripts of these workers (none named: of all workers of the scope) anew, without losing a request; answers
  // `operation` when all are ready again.
  void restart(Scope& scope, std::vector<std::string> names, const std::shared_ptr<Port>& port,
               std::uint32_t operation);

  RuntimeStatus status();  // waits for the supervisor, which never waits for anybody: microseconds

  // The process is about to end: stops everything without grace and waits at most `bound`. False: threads are left
  // that cannot be stopped, and running static destructors beneath them would crash: end the process with _exit().
  bool stop_for_exit(Milliseconds bound);

  // --- PHP threads --------------------------------------------------------------------------------------------

  void report_ready(Instance& instance);
  void report_published(Slot& slot);
  void report_over_budget(Instance& instance);
  void report_run_ended(Instance& instance, RunReport report);
  void report_forced_out(Instance& instance);
  // opcache wants to be restarted. Called with its lock held, so mutex_ comes after that one: nothing that holds mutex_
  // calls into PHP.
  void report_restart_wanted(RestartReason reason);

  // Blocks until the demand (without deadline and reply) is answered, `timeout`, or `leave` (a failure with code
  // stopped).
  Failure demand_and_wait(Demand demand, Milliseconds timeout, const std::stop_token& leave);

  // A log line from a PHP thread; goes to the scope's port, or to the one that started the runtime. `context`: a JSON
  // object, or nothing.
  void log(LogLevel level, std::string message, const Scope* scope, const WorkerLabel* worker = nullptr,
           std::string context = {});

  const RuntimeOptions& options() const { return options_; }
  RestartGate& gate() { return gate_; }

 private:
  struct PendingStart {
    Engine* engine;
    RuntimeOptions options;
    std::string options_key;
    std::shared_ptr<Port> port;
    std::uint32_t operation;
  };
  using Action = std::function<void(Supervisor&, TimePoint now)>;

  Runtime();
  bool post(Action action);  // false: no supervisor runs
  void main_thread();
  void supervise();
  void offer_task(Scope& scope, const std::string& name, const TaskRef& task);
  void tell_of_tasks(const TaskQueue& queue);
  void expire_tasks_at(TimePoint due);
  void expire_tasks(TimePoint now);
  std::vector<Scope*> all_scopes();
  void answer_starts(const Failure& failure);
  Scope& add_scope(ScopeOptions options, const std::shared_ptr<Port>& port);
  void spawn(Instance& instance) override;
  void interrupt(Instance& instance, const Interruption& interruption) override {
    engine_->interrupt(instance, interruption);
  }
  CacheNumbers restart_cache(RestartReason reason) override { return engine_->restart_cache(reason); }
  CacheNumbers cache_numbers() override { return engine_->cache_numbers(); }
  void expect_new_code() override { engine_->expect_new_code(); }
  void tell(LogLevel level, std::string message) override { log(level, std::move(message), nullptr); }

  std::mutex mutex_;  // guards all below but options_ and engine_, which change only while no PHP thread exists
  std::condition_variable posted_;
  std::condition_variable stopped_;
  RuntimeState state_ = RuntimeState::idle;
  bool exiting_ = false;  // the process ends: nothing is started any more
  std::string options_key_;
  std::uint32_t holders_ = 0;
  std::deque<Action> mailbox_;
  std::vector<std::pair<std::shared_ptr<Port>, std::uint32_t>> start_operations_;
  std::vector<std::pair<std::shared_ptr<Port>, std::uint32_t>> stop_operations_;
  std::vector<PendingStart> pending_starts_;
  std::shared_ptr<Port> port_;
  std::vector<std::unique_ptr<Scope>> scopes_;  // never shrinks
  Pool* classic_pool_ = nullptr;                // while the supervisor lives
  Scope* global_ = nullptr;                     // of options_.workers; null: there are none
  bool global_is_taken_ = false;
  RuntimeOptions options_;
  Engine* engine_ = nullptr;
  Thread main_;                                          // the supervisor's; guarded by mutex_
  std::unordered_map<const Instance*, Thread> threads_;  // of PHP; the supervisor's thread's own
  std::atomic<TimePoint::rep> next_expiry_{TimePoint::max().time_since_epoch().count()};
  RestartGate gate_;                               // has a lock of its own
  std::atomic<std::uint32_t> restarts_wanted_{0};  // a bit for each RestartReason that the supervisor is to hear of
  // One for the life of the process, so that a moment is shown as the same time at each look.
  const std::chrono::nanoseconds wall_clock_offset_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch() - Clock::now().time_since_epoch());
};

}  // namespace sidekick::core
