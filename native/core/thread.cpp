#include "core/thread.h"

#include <pthread.h>
#include <signal.h>

#include <memory>
#include <system_error>
#include <utility>

namespace sidekick::core {

namespace {

struct Start {
  std::string name;
  std::function<void()> body;
};

void* run(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  pthread_setname_np(pthread_self(), start->name.substr(0, 15).c_str());
  start->body();
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

Thread::Thread(const std::string& name, std::function<void()> body) {
  std::unique_ptr<Start> start(new Start{.name = name, .body = std::move(body)});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kThreadStackBytes);

  // The new thread inherits the mask of its creator: set it around the call, so that not one signal slips in between.
  const sigset_t blocked = asynchronous_signals();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  pthread_t id;
  const int error = pthread_create(&id, &attributes, run, start.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start the thread " + name);
  static_cast<void>(start.release());  // now owned by run()
  id_ = id;
}

Thread::~Thread() {
  if (id_) pthread_detach(*id_);
}

Thread::Thread(Thread&& other) noexcept : id_(std::exchange(other.id_, std::nullopt)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

void Thread::join() {
  if (!id_ || pthread_equal(*id_, pthread_self()) != 0) return;
  pthread_join(*id_, nullptr);
  id_.reset();
}

}  // namespace sidekick::core
