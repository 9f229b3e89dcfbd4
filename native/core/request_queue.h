// The queue in front of a pool of PHP threads: exchanges wait here for a thread, threads for an exchange.
//
//   push ──► waiting exchanges (FIFO) ──► take
//     └─ calls the thread that parked last ─┘  which calls the next one, when it leaves something for it
//
// The last one parked is called first: its caches are warm, and those that idle longest can be given back. One thread
// at a time is on its way: to wake one costs more than a small request, and whoever is awake may well have served what
// came meanwhile before a second one would be here.
//
// `mutex_` guards everything here and is a leaf.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "core/exchange.h"

namespace sidekick::core {

class RequestQueue {
 public:
  // False: the queue is closed (its pool has stopped for good).
  bool push(std::shared_ptr<Exchange> exchange);

  // Waits for an exchange; null when `drain` was requested (an exchange already waiting is left to other threads)
  // or the queue is closed and empty.
  std::shared_ptr<Exchange> take(const std::stop_token& drain);

  // Takes back an exchange that still waits; false: it does not (a thread has it, or it was never here).
  bool remove(const Exchange& exchange);

  // No more pushes; returns what still waited, for its callers to be told.
  std::deque<std::shared_ptr<Exchange>> close();

  std::size_t waiting() const;  // for which no thread is parked
  // Whether one more would find a parked thread, or a place among the `most` that may wait for one.
  bool has_room(std::size_t most) const;
  std::size_t parked() const;

 private:
  struct Parked {
    std::condition_variable wake;
    bool called = false;    // there is, or was, something to take
    bool released = false;  // drained or closed: leave with an empty hand
  };

  void call_one();             // unless one is on its way; with the mutex held
  void leave(Parked& parked);  // with the mutex held

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Exchange>> waiting_;
  std::vector<Parked*> parked_;  // those called among them; the last one parked is the last element
  bool one_is_coming_ = false;
  bool closed_ = false;
};

}  // namespace sidekick::core
