// The end of the process. exit() runs the destructors of libraries while PHP's threads may still use them (OpenSSL's
// crash there), so PHP has to be stopped before: by JavaScript's 'exit' event on the main thread, and as a net for
// every other way into exit() (a runtime started by a worker_thread only), by an on_exit() handler.
#pragma once

#include "core/options.h"

namespace sidekick::node {

inline constexpr core::Milliseconds kExitBound{2'000};

// To be called before PHP starts and again when it has: handlers run last in, first out, and PHP's libraries register
// their own while they start.
void arm_exit_handler();

// Stops everything within `bound`; when that cannot be done, the process will end by _exit(), past all destructors.
void stop_for_exit(core::Milliseconds bound);

// True once stop_for_exit() was called: nothing needs to be given back any more.
bool process_is_exiting();

}  // namespace sidekick::node
