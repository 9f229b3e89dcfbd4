#include "core/thread.h"

#include <pthread.h>
#include <signal.h>

#include <memory>
#include <system_error>

namespace sidekick::core {

namespace {

void* run(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

// Signals that are this process's business, not this thread's, go to a thread of Node's. Synchronous faults and the
// real-time signals (PHP's execution timer, our interrupt) stay open.
sigset_t asynchronous_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM,   SIGTERM,  SIGCHLD, SIGCONT,
                     SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,  SIGXCPU, SIGXFSZ, SIGVTALRM, SIGWINCH, SIGIO,   SIGPWR}) {
    sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

void start_thread(const std::string& name, std::function<void()> body) {
  auto argument = std::make_unique<std::function<void()>>(std::move(body));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kThreadStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);

  // The new thread inherits the mask of its creator: set it around the call, so that not one signal slips in between.
  const sigset_t blocked = asynchronous_signals();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run, argument.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start the thread " + name);
  static_cast<void>(argument.release());                   // now owned by run()
  pthread_setname_np(thread, name.substr(0, 15).c_str());  // NOLINT: fails only for a thread that has ended already
}

}  // namespace sidekick::core
