#include "php/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "core/blocked_call.h"
#include "core/runtime.h"
#include "php/zend.h"

namespace sidekick::php {

// Made and destroyed by the thread it is about; others come to it through Instance::engine_thread.
struct InterruptTarget {
  enum class Part : std::uint8_t { none, script, shutdown_functions };

  const pthread_t thread = pthread_self();
  const pid_t id = gettid();
  zend_atomic_bool* const vm_interrupt = &EG(vm_interrupt);
  // Both sequentially consistent: rarely touched, and a thread that sees vm_interrupt must see why it was set.
  std::atomic<Part> part{Part::none};  // what the thread is in that could be left; shutdown_functions: of a script that
                                       // was made to leave
  std::atomic<bool> everything{false};

  // Guards exchange, the request in service, so that no interruption meant for one meets the next. After targets_mutex.
  std::mutex mutex;
  const core::Exchange* exchange = nullptr;
};

namespace {

using Part = InterruptTarget::Part;

// A call that a signal did not end for good is looked at from this attempt on; by then what ends at a signal has ended.
constexpr std::uint32_t kFirstSocketAttempt = 2;

// Guards every Instance::engine_thread: a thread that ends takes its target away under it. A leaf.
std::mutex& targets_mutex() {
  static auto* leaked = new std::mutex;
  return *leaked;
}

// Wakes a thread from a system call. PHP's execution timer has SIGRTMIN; FrankenPHP uses the same number as we do.
int interrupt_signal() { return SIGRTMIN + 3; }

void install_signal_handler() {
  struct sigaction action {};
  action.sa_handler = [](int) {};  // the delivery itself is the effect: system calls return EINTR
  action.sa_flags = SA_ONSTACK;    // and no SA_RESTART
  sigemptyset(&action.sa_mask);
  sigaction(interrupt_signal(), &action, nullptr);
}

bool must_leave(const ThreadState& state) {
  if (state.interrupts == nullptr) return false;
  switch (state.interrupts->part.load()) {
    case Part::none: return false;
    case Part::script: return state.run.force.stop_requested();
    case Part::shutdown_functions: return state.interrupts->everything.load();
  }
  return false;
}

void (*next_hook)(zend_execute_data*);

// Between two opcodes, when vm_interrupt was set. Leaves by bailout: no C++ object here.
void on_interrupt(zend_execute_data* call) {
  const ThreadState* state = thread_state();
  if (state != nullptr && must_leave(*state)) {
    zend_error_noreturn(E_ERROR, "The script was stopped: the time that it had to end by itself is over");
  }
  if (next_hook != nullptr) next_hook(call);
}

}  // namespace

void register_interrupts() {
  install_signal_handler();
  if (zend_interrupt_function == on_interrupt) return;  // PHP is started for a second time
  next_hook = zend_interrupt_function;
  zend_interrupt_function = on_interrupt;
}

void become_interruptible(ThreadState& state) {
  state.interrupts = new InterruptTarget;
  std::lock_guard lock(targets_mutex());
  state.instance.engine_thread.store(state.interrupts);
}

void end_interruptible(ThreadState& state) {
  {
    std::lock_guard lock(targets_mutex());
    state.instance.engine_thread.store(nullptr);
  }
  delete state.interrupts;
  state.interrupts = nullptr;
}

void enter_script(ThreadState& state) {
  state.interrupts->everything.store(false);
  state.interrupts->part.store(Part::script);
}

void leave_script(ThreadState& state) {
  if (!state.run.force.stop_requested()) return;
  state.interrupts->part.store(Part::shutdown_functions);
  core::Runtime::instance().report_forced_out(state.instance);
}

void end_script(ThreadState& state) { state.interrupts->part.store(Part::none); }

void set_interruptible_request(ThreadState& state, const core::Exchange* exchange) {
  std::lock_guard lock(state.interrupts->mutex);
  state.interrupts->exchange = exchange;
}

void interrupt_thread(core::Instance& instance, const core::Interruption& interruption) {
  std::lock_guard lock(targets_mutex());
  auto* target = static_cast<InterruptTarget*>(instance.engine_thread.load());
  if (target == nullptr) return;
  std::lock_guard request_lock(target->mutex);
  if (interruption.only != nullptr && interruption.only != target->exchange) return;
  if (interruption.everything) target->everything.store(true);
  const Part part = target->part.load();
  if (part == Part::none || (part == Part::shutdown_functions && !interruption.everything)) return;
  zend_atomic_bool_store(target->vm_interrupt, true);
  // Before the signal: for a moment after it the thread waits on nothing.
  if (interruption.attempt >= kFirstSocketAttempt) core::shut_down_waited_sockets(target->id);
  pthread_kill(target->thread, interrupt_signal());
}

}  // namespace sidekick::php
