// Runs that are ended early so that the script starts afresh: between requests for an HTTP worker, by end of file for a
// background worker. Nothing is forced: who does not leave goes on as it is.
#include <utility>

#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

bool Supervisor::recycle(Instance& instance, TimePoint now) {
  Life& life = *lives_.at(&instance);
  if (life.gone || life.draining || !life.running) return false;
  if (!std::exchange(life.recycling, true)) ask_to_leave(life, now);
  return true;
}

void Supervisor::on_over_budget(Instance& instance, TimePoint now) {
  Life& life = *lives_.at(&instance);
  if (!life.pool.pool.options().recycle) return;
  life.over_budget = true;
  recycle_next(life.pool, now);
}

// One at a time: the next is asked when the one before is ready again, so that the pool keeps serving.
void Supervisor::recycle_next(PoolLife& pool, TimePoint now) {
  Life* next = nullptr;
  for (const auto& life : pool.lives) {
    const bool serves = life->instance->state.load() == InstanceState::ready;
    if (!life->gone && !serves) return;
    if (life->over_budget && !life->gone && next == nullptr) next = life.get();
  }
  if (next != nullptr) recycle(*next->instance, now);
}

}  // namespace sidekick::core
