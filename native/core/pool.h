// A pool is the threads that run one worker (or the classic requests of every scope); an instance is one of them.
//
// What stands here is the part that several threads see. Who starts, stops and restarts an instance is decided by the
// supervisor alone (core/supervisor.h), on its own thread; an instance's PHP thread asks `next_run()` what to do and
// reports what came of it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/failure.h"
#include "core/options.h"
#include "core/request_queue.h"
#include "core/slot.h"
#include "core/stop_pipe.h"
#include "core/task_queue.h"
#include "core/timers.h"

namespace sidekick::core {

class Pool;
class Scope;
class ScriptRun;

enum class PoolKind : std::uint8_t { classic, http_worker, background, script };

// One run of a script on an instance, from boot to exit.
struct Run {
  std::uint32_t generation = 1;
  std::stop_token drain;                // finish what is under way, then leave
  std::stop_token force;                // leave at once
  std::shared_ptr<StopPipe> stop_pipe;  // background workers: end of file means drain
  std::shared_ptr<ScriptRun> script;    // of the script pool: what to run
};

// How hard a thread is asked to leave its script.
struct Interruption {
  std::uint32_t attempt = 0;       // counted from 0; each is harder than the one before
  bool everything = false;         // the shutdown functions of a script that was made to leave, too
  const Exchange* only = nullptr;  // set: as long as it serves this one
};

struct RunReport {
  std::int32_t exit_status = 0;
  bool reached_ready = false;
  bool worked = false;  // an HTTP worker handled at least one request
  LastError last_error = {};
};

enum class InstanceState : std::uint8_t { booting, ready, draining, backoff, ended, abandoned };

class Instance {
 public:
  Instance(Pool& pool, std::uint32_t index) : pool_(pool), index_(index) {}

  Pool& pool() { return pool_; }
  const Pool& pool() const { return pool_; }
  std::uint32_t index() const { return index_; }

  // The instance's own thread: waits for the next run; nullopt: end the thread.
  std::optional<Run> next_run();
  bool has_order() const;  // whether next_run() would return at once

  // `served`: a request or a message; null: something else keeps it busy.
  void begin_request(std::shared_ptr<Exchange> served);
  void end_request();
  std::shared_ptr<Exchange> request_under_way() const;

  // The supervisor.
  void enter(InstanceState next, TimePoint now) {
    since.store(now, std::memory_order_relaxed);
    state.store(next);
  }
  void order_run(Run run);
  void order_end();

  // For status and metrics. relaxed: each is a value of its own, nothing is inferred from their order.
  std::atomic<InstanceState> state{InstanceState::booting};
  std::atomic<TimePoint> since{TimePoint{}};  // of the state
  std::atomic<std::uint32_t> generation{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<bool> busy{false};
  std::atomic<TimePoint> busy_since{TimePoint{}};  // of the request under way; meaningless when there is none
  std::atomic<TimePoint> idle_since{TimePoint{}};  // when the last request ended
  std::atomic<std::uint64_t> memory_bytes{0};
  std::atomic<std::uint64_t> copied_reads{0};  // versions of vars that were copied because the budget was used up

  // Where its thread waits for tasks, or for what comes back of them.
  const Parking parking = std::make_shared<std::condition_variable>();

  // Belongs to the engine: what it needs to interrupt the thread. Set and cleared by the instance's own thread.
  std::atomic<void*> engine_thread{nullptr};

 private:
  Pool& pool_;
  const std::uint32_t index_;
  mutable std::mutex mutex_;  // guards all below; a leaf
  std::condition_variable ordered_;
  std::optional<Run> run_;
  bool end_ = false;
  std::shared_ptr<Exchange> request_;
};

class Pool {
 public:
  // `scope` is null for the pools that serve all scopes: classic requests and scripts.
  Pool(PoolKind kind, Scope* scope, WorkerOptions options, std::string name, Slot* slot);

  PoolKind kind() const { return kind_; }
  Scope* scope() const { return scope_; }
  const WorkerOptions& options() const { return options_; }
  const std::string& name() const { return name_; }
  Slot* slot() const { return slot_; }         // background workers
  TaskQueue* tasks() const { return tasks_; }  // background workers
  RequestQueue& queue() { return queue_; }
  const RequestQueue& queue() const { return queue_; }

  // Whoever has put work into the pool's queue asks: true when the supervisor is to be told (on_work_waiting), because
  // it waits and the pool may have another thread for it. Once, until the supervisor has looked.
  bool must_tell_of_work();
  // The supervisor, which then looks itself.
  void told_of_work() { told_.store(false); }
  bool has_waiting_work() const;

  std::atomic<bool> may_grow{false};  // the supervisor: there are fewer threads than there may be

 private:
  const PoolKind kind_;
  Scope* const scope_;
  const WorkerOptions options_;
  const std::string name_;  // of a catch-all's pool: the name it was started for
  Slot* const slot_;
  TaskQueue* const tasks_;
  RequestQueue queue_;
  std::atomic<bool> told_{false};
};

}  // namespace sidekick::core
