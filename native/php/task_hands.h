// What a PHP thread holds of tasks beyond one call: those on their way into a stream, and the snapshots that payloads
// and updates came in. Like everything else that a bailout must not lose, it lives in ThreadState.
//
// A small payload is copied into request memory, which costs less than to remember it. A large one is handed over: the
// script gets the snapshot's own array, which stays until php_request_shutdown() has returned. What a script that never
// ends holds in this way is bounded by half of its budget for superseded snapshots (contract V12); past that large
// payloads are copied as well.
#pragma once

#include <cstddef>
#include <vector>

#include "core/block.h"
#include "core/task.h"

namespace sidekick::php {

class TaskHands {
 public:
  // The snapshot is read now; it stays until let_go() or release().
  const core::Block& hold(core::BlockRef block) { return *blocks_.emplace_back(std::move(block)); }
  void let_go(const core::Block& block);
  // Keeps what is held for the script, if that is within `budget`; true: it is.
  bool pin(const core::Block& block, std::size_t budget);

  core::Task& hold_sent(core::TaskRef task) { return *tasks_.emplace_back(Held{std::move(task), true}).task; }
  core::Task& hold_received(core::TaskRef task) { return *tasks_.emplace_back(Held{std::move(task), false}).task; }
  core::TaskRef take(const core::Task& task);

  std::size_t pinned_bytes() const { return pinned_bytes_; }

  // After php_request_shutdown(). A task that is still here was lost by a bailout: one that was sent is
  // cancelled; one that was received is ended by the supervisor.
  void release();

 private:
  struct Held {
    core::TaskRef task;
    bool sent;
  };

  std::vector<core::BlockRef> blocks_;
  std::vector<Held> tasks_;
  std::size_t pinned_bytes_ = 0;
};

}  // namespace sidekick::php
