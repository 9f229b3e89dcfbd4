// Background workers that wait for each other in a circle would wait until their deadlines: the one that closes the
// circle is refused at once (contract V17).
//
// A pool is stuck when each of its instances waits, in a demand of its own, for the name of a stuck pool. An instance
// that is not waiting may still publish, so its pool is not stuck. The stuck pools are what is left when those that are
// not have been taken out of all, again and again: a search along the waits would have to ask the same pool anew for
// each way that leads to it.
#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

// Who waits for what, the demand about to be made included, and the pools that might be stuck.
struct Supervisor::Circle {
  std::unordered_map<const Instance*, const Demand*> waits;
  std::vector<const PoolLife*> stuck;
};

Failure Supervisor::check_circle(const Demand& demand) const {
  if (demand.asker == nullptr || demand.asker->pool().kind() != PoolKind::background) return {};
  const auto life = lives_.find(demand.asker);
  if (life == lives_.end()) return {};
  Circle circle;
  for (const auto& waiting : waiting_) {
    if (waiting->demand.asker != nullptr) circle.waits[waiting->demand.asker] = &waiting->demand;
  }
  circle.waits[demand.asker] = &demand;
  for (const auto& pool : pools_) {
    if (pool->pool.kind() == PoolKind::background && !pool->all_gone()) circle.stuck.push_back(pool.get());
  }
  while (std::erase_if(circle.stuck, [&](const PoolLife* pool) { return !is_stuck(*pool, circle); }) > 0) {
  }
  const PoolLife* pool = stuck_behind(demand, circle);
  if (pool == nullptr) return {};
  const PoolLife* const start = &life->second->pool;
  std::string way = "'" + start->pool.name() + "'";
  std::vector<const PoolLife*> seen;
  for (;; pool = next_of(*pool, circle)) {
    way += (seen.empty() ? " waits for '" : ", which waits for '") + pool->pool.name() + "'";
    if (pool == start || std::find(seen.begin(), seen.end(), pool) != seen.end()) break;
    seen.push_back(pool);
  }
  return {.code = FailureCode::config, .message = "workers wait for each other in a circle: " + way};
}

// A stuck pool that one of the names which `demand` still waits for has to come from; null: there is none.
const Supervisor::PoolLife* Supervisor::stuck_behind(const Demand& demand, const Circle& circle) const {
  for (const std::string& name : demand.names) {
    if (is_satisfied(demand, name)) continue;
    const PoolLife* pool = find_pool(*demand.scope, name);
    if (std::find(circle.stuck.begin(), circle.stuck.end(), pool) != circle.stuck.end()) return pool;
  }
  return nullptr;
}

bool Supervisor::is_stuck(const PoolLife& pool, const Circle& circle) const {
  return std::all_of(pool.lives.begin(), pool.lives.end(), [&](const auto& life) {
    if (life->gone || life->draining) return life->gone;
    const auto waits = circle.waits.find(life->instance.get());
    return waits != circle.waits.end() && stuck_behind(*waits->second, circle) != nullptr;
  });
}

// What a stuck pool waits for.
const Supervisor::PoolLife* Supervisor::next_of(const PoolLife& pool, const Circle& circle) const {
  const auto waiting = std::find_if(pool.lives.begin(), pool.lives.end(), [](const auto& life) { return !life->gone; });
  return stuck_behind(*circle.waits.at((*waiting)->instance.get()), circle);
}

}  // namespace sidekick::core
