// Counts the threads that are inside PHP, and can keep them out: what a restart of opcache needs, which wipes memory
// that every running script reads. A thread is inside from before php_request_startup() until php_request_shutdown()
// has returned, and while its PHP is made or taken down.
//
//   open ──close()──► closed ──seize(): nobody is inside──► seized ──┐
//     ▲      │                                                       │
//     └──────┴───────────────────── reopen() ◄───────────────────────┘
//
// PHP threads enter and leave. The other three are the supervisor's (core/supervisor_restart.cpp), which decides.
//
// Who may enter when: a request waits while the gate is closed. A worker's run is only ever started by the supervisor's
// order, which it withholds instead; whoever holds an order comes in while the gate is closed. So a script inside that
// waits for a worker gets that worker (the supervisor orders it), and the gate cannot deadlock with it. While the gate
// is seized, for some milliseconds, nobody enters.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace sidekick::core {

class RestartGate {
 public:
  enum class Admission : std::uint8_t { request, ordered };

  void enter(Admission admission);
  void leave();
  // Restarts so far. Does not change while the caller is inside.
  std::uint64_t restarts() const;

  void close();
  bool is_closed() const;
  bool seize();  // false: somebody is inside, or the gate is open
  void reopen(bool restarted);

  // Called by the last one to leave a closed gate, without the lock. Set before any thread enters.
  void when_empty(std::function<void()> notify) { notify_ = std::move(notify); }

 private:
  enum class State : std::uint8_t { open, closed, seized };

  mutable std::mutex mutex_;  // guards all below; a leaf
  std::condition_variable changed_;
  State state_ = State::open;
  std::uint32_t inside_ = 0;
  std::uint64_t restarts_ = 0;
  std::function<void()> notify_;
};

}  // namespace sidekick::core
