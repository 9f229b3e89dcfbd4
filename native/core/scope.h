// A scope is one application: its root, environment, worker names, snapshots and queues. Scopes are never freed (a
// closed one is small), so any thread may hold a reference to one.
//
// `pools` and `slots` grow on the supervisor's thread; other threads look up through the methods here, under `mutex_`.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/options.h"
#include "core/pool.h"
#include "core/port.h"
#include "core/slot.h"
#include "core/task_queue.h"

namespace sidekick::core {

class Scope {
 public:
  // `global`: the scope of the workers that every scope without background workers of its own may use (contract C06);
  // null: there are none.
  Scope(std::uint32_t id, ScopeOptions options, std::shared_ptr<Port> port, Scope* global = nullptr);

  std::uint32_t id() const { return id_; }
  const ScopeOptions& options() const { return options_; }
  const std::shared_ptr<Port>& port() const { return port_; }  // where its events and log lines go

  // The scope whose worker serves `name`: this one, or the global one.
  const Scope& home_of(std::string_view name) const;
  Scope& home_of(std::string_view name) { return const_cast<Scope&>(std::as_const(*this).home_of(name)); }

  // Names below are looked up at their home.
  // Null when no such name has a slot (yet: a catch-all's names get theirs when they are first asked for).
  Slot* find_slot(std::string_view name) const;
  Slot& slot(std::string_view name);  // made if missing
  // Lets go of the snapshots in service: the scope is closed and its workers are gone.
  void withdraw_snapshots();
  // The memory of the snapshots in service.
  std::size_t current_bytes() const;

  // The same for the tasks of a name.
  TaskQueue* find_task_queue(std::string_view name) const;
  TaskQueue& task_queue(std::string_view name);
  std::vector<TaskQueue*> task_queues() const;

  // A name that JavaScript publishes has no worker to start: only its first publish can be waited for.
  bool is_published_by_javascript(std::string_view name) const;
  // The worker that serves `name`: the one of that name, or the catch-all; null: none does.
  const WorkerOptions* background_worker(std::string_view name) const;
  const WorkerOptions* http_worker(std::string_view name) const;

  // The pool of the HTTP worker declared as workers[index].
  Pool* http_pool(std::uint32_t index) const;

  // Supervisor only.
  Pool& add_pool(std::unique_ptr<Pool> pool, std::int64_t worker_index);
  // A background worker's pool of which nothing runs any more is kept for the next time its name is asked for: one that
  // is given up and started again for ever does not add up.
  void retire_pool(Pool& pool) { retired_.push_back(&pool); }
  Pool* revive_pool(std::string_view name);  // null: none of that name is retired
  std::atomic<bool> closed{false};
  // When a restart of its workers was asked for last: what was known of files before may not be true any more.
  std::atomic<TimePoint> code_changed{TimePoint::min()};

 private:
  const std::uint32_t id_;
  const ScopeOptions options_;
  const std::shared_ptr<Port> port_;
  Scope* const global_;       // null: none, or this scope declares background workers
  mutable std::mutex mutex_;  // guards the lists below; a leaf
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::unique_ptr<TaskQueue>> task_queues_;
  std::vector<std::unique_ptr<Pool>> pools_;  // never shrinks: threads hold references
  std::vector<Pool*> retired_;                // the supervisor's thread only
  std::vector<Pool*> by_worker_;              // index: position in options_.workers; null: none yet
};

}  // namespace sidekick::core
