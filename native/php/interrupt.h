// Making a PHP thread leave its script (contract L04). The supervisor decides when, and calls again until it has left;
// here is how, in steps that grow with the attempts:
//
//   0  EG(vm_interrupt): the engine calls on_interrupt() between two opcodes, which ends the script with a fatal error.
//      A signal without SA_RESTART: what sleeps, or waits for a lock, a pipe or a child returns to the engine.
//   2  shutdown() of the sockets that the thread waits on, for what restarts its call after a signal: streams, curl,
//      database clients, name lookups.
//
// A script that was made to leave has its shutdown functions run, which are left alone until the supervisor says
// otherwise: `everything`. PHP's own EG(timed_out) is not used, because zend_unset_timeout() forgets it, and because
// its message speaks of an execution time that nobody has set.
#pragma once

#include <sys/types.h>

#include <mutex>

#include "core/pool.h"
#include "php/thread_state.h"

namespace sidekick::php {

// On the main thread, in MINIT: the JIT compiles the hook's address into its code.
void register_interrupts();

// Around the life of a thread's PHP, on that thread: from when on, and until when, it can be interrupted.
void become_interruptible(ThreadState& state);
void end_interruptible(ThreadState& state);

// Around a script, on its thread. leave_script(): its shutdown functions are next; a script that was made to leave has
// them run under a bound of their own, which begins here.
void enter_script(ThreadState& state);
void leave_script(ThreadState& state);
void end_script(ThreadState& state);

// The request that the thread serves from now on, on that thread; null: none. An interruption may be for one only.
void set_interruptible_request(ThreadState& state, const core::Exchange* exchange);

// Any thread: see core/engine.h.
void interrupt_thread(core::Instance& instance, const core::Interruption& interruption);

}  // namespace sidekick::php
