// What the user asked for, complete and checked: JavaScript fills every default and refuses every bad value before
// native code sees these structures (lib/options.ts). Plain data, copied into whoever needs it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sidekick::core {

using Milliseconds = std::chrono::milliseconds;
using Environment = std::vector<std::pair<std::string, std::string>>;

struct WorkerOptions {
  std::string file;  // absolute path of the script
  std::string name;  // empty: the scope's catch-all (background only)
  bool background = false;
  std::uint32_t num = 0;                      // instances started eagerly; 0: on first demand
  std::uint32_t max_threads = 0;              // pool's cap; on a catch-all the number of distinct names
  std::int32_t max_consecutive_failures = 6;  // -1: never give up
  std::uint32_t max_requests = 0;             // HTTP worker: run again after so many requests; 0: never
  bool recycle = false;  // HTTP worker: run again, between requests, when over its budget for superseded snapshots
  std::uint32_t task_queue = 1;  // background worker: tasks accepted and not received yet
  Environment env;
  std::vector<std::string> args;

  bool is_catch_all() const { return background && name.empty(); }
};

struct ScopeOptions {
  std::string name;  // label in logs and metrics
  std::string root;  // absolute document root
  Environment env;
  std::vector<WorkerOptions> workers;
  std::vector<std::string> js_vars;  // names that JavaScript publishes
  std::uint32_t max_queue = 1000;    // requests waiting for a thread, per scope
  Milliseconds start_timeout{30'000};
  Milliseconds stop_timeout{30'000};    // grace of a drain at shutdown
  Milliseconds restart_timeout{6'000};  // grace of a drain at restart
};

struct RuntimeOptions {
  std::uint32_t threads = 2;  // classic threads
  std::uint32_t max_threads = 2;
  std::uint32_t script_threads = 2;    // scripts of run() at the same time
  std::string ini_file;                // absolute path of a php.ini; empty: none is read
  std::string ini_entries;             // php.ini syntax, one `key=value` a line; wins over ini_file
  Environment env;                     // snapshot of process.env, the lowest layer of getenv()
  std::vector<WorkerOptions> workers;  // background workers of all scopes that declare none
  std::size_t max_snapshot_bytes = std::size_t{256} << 20;
  Milliseconds opcache_restart_timeout{5'000};  // how long scripts are waited for (core/restart_plan.h); 0: no restarts
  // What superseded snapshots that scripts still hold may cost, all together and per instance (contract V12).
  std::size_t vars_budget = std::size_t{64} << 20;
  std::size_t vars_budget_per_instance = std::size_t{16} << 20;
};

}  // namespace sidekick::core
