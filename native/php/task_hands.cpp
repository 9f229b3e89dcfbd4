#include "php/task_hands.h"

#include <algorithm>
#include <utility>

namespace sidekick::php {

// Nearly always the last one: only an autoloader comes in between.
void TaskHands::let_go(const core::Block& block) {
  const auto found =
      std::find_if(blocks_.rbegin(), blocks_.rend(), [&](const auto& each) { return each.get() == &block; });
  if (found != blocks_.rend()) blocks_.erase(std::next(found).base());
}

bool TaskHands::pin(const core::Block& block, std::size_t budget) {
  if (pinned_bytes_ + block.bytes() > budget) return false;
  pinned_bytes_ += block.bytes();
  return true;
}

core::TaskRef TaskHands::take(const core::Task& task) {
  const auto found =
      std::find_if(tasks_.rbegin(), tasks_.rend(), [&](const auto& each) { return each.task.get() == &task; });
  core::TaskRef taken = std::move(found->task);
  tasks_.erase(std::next(found).base());
  return taken;
}

void TaskHands::release() {
  for (const Held& held : tasks_) {
    if (held.sent) held.task->cancel();
  }
  tasks_.clear();
  blocks_.clear();
  pinned_bytes_ = 0;
}

}  // namespace sidekick::php
