// opcache under threads. It is linked into libphp (scripts/build-php), and patched so that its host decides about
// restarts (php-src-patches/8.4/0002 to 0005): they wipe memory under every running thread. opcache_reset() discards
// every script instead, which disturbs nobody. When opcache is full it asks for a restart; the supervisor decides when
// (core/supervisor_restart.cpp) and calls restart_opcache() when no thread is inside PHP.
#pragma once

#include "core/restart_plan.h"
#include "php/thread_state.h"

namespace sidekick::php {

// In a module's MINIT, which is in time for the engine's own start of its extensions.
void register_opcache();

// Around everything a PHP thread does with PHP: from before php_request_startup() until php_request_shutdown() has
// returned (its last steps let go of strings in opcache's memory), and around the making and freeing of a thread's PHP.
// Entering waits while the gate is closed; entering twice is entering once.
void enter_php(ThreadState& state);
void leave_php(ThreadState& state);

// A thread that has idled over a restart may hold strings that the restart has wiped (keys of the regex cache), which
// only the start of its next request drops. Before the thread's PHP is freed, inside.
void forget_restarted_opcache(ThreadState& state);

// Main thread; nobody is inside.
core::CacheNumbers restart_opcache(core::RestartReason reason);
// Main thread, or a PHP thread that does not hold opcache's lock.
core::CacheNumbers opcache_numbers();

// Main thread: files have changed. Where opcache never looks at files again (opcache.validate_timestamps is 0) every
// script is discarded, as by opcache_reset().
void discard_unwatched_scripts();
// A script of `state` is about to run. Soon after a restart of its scope's workers it looks at the time of each file
// that it includes, which opcache does only every opcache.revalidate_freq seconds, and forgets where files were.
void look_at_files_again(ThreadState& state);

}  // namespace sidekick::php
