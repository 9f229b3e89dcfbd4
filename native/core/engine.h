// What this room needs of PHP, as an interface, so that core/ runs in tests without it. native/php implements it.
#pragma once

#include <cstdint>
#include <string>

#include "core/options.h"
#include "core/pool.h"
#include "core/restart_plan.h"

namespace sidekick::core {

class Engine {
 public:
  virtual ~Engine() = default;

  // On the runtime's main thread. An empty string, or what is wrong and what to do about it.
  virtual std::string start_up(const RuntimeOptions& options) = 0;
  // On the same thread, when no PHP thread is left.
  virtual void shut_down() = 0;

  // The body of a PHP thread: serves `instance` until next_run() says to end.
  virtual void serve(Instance& instance) = 0;
  // Any thread: makes the thread that serves `instance` leave its script, as far as PHP allows. Called again and again
  // until it has; must not block.
  virtual void interrupt(Instance& instance, const Interruption& interruption) = 0;

  // On the runtime's main thread, the gate being seized: wipes opcache. Returns what is in it then.
  virtual CacheNumbers restart_cache(RestartReason reason) = 0;
  // On the runtime's main thread.
  virtual CacheNumbers cache_numbers() = 0;
  // On the runtime's main thread: files of scripts have changed. Discards what would never be looked at again.
  virtual void expect_new_code() = 0;
};

}  // namespace sidekick::core
