// The queue in front of a pool of PHP threads: exchanges wait here for a thread, threads for an exchange. An exchange
// goes to the thread that parked last: its caches are warm, and those that idle longest can be given back.
//
//   push ──► waiting exchanges (FIFO) ──► take
//                or, when a thread is parked: straight into its hand
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

  std::size_t waiting() const;
  std::size_t parked() const;

 private:
  struct Parked {
    std::condition_variable wake;
    std::shared_ptr<Exchange> hand;
    bool released = false;  // drained or closed: leave with an empty hand
  };

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Exchange>> waiting_;
  std::vector<Parked*> parked_;  // the last one parked is the last element
  bool closed_ = false;
};

}  // namespace sidekick::core
