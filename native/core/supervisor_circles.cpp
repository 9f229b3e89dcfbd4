// Background workers that wait for each other in a circle would wait until their deadlines: the one that closes the
// circle is refused at once (contract V17).
//
// A pool is stuck when each of its instances waits, in a demand of its own, for a name that leads back to where the
// question started. An instance that is not waiting may still publish, so its pool is not stuck.
#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

struct Supervisor::Circle {
  const PoolLife* start;
  const Instance* asker;
  std::vector<const PoolLife*> visited;
  std::string way;  // "'b', which waits for 'a'"
};

Failure Supervisor::check_circle(const Demand& demand) const {
  if (demand.asker == nullptr || demand.asker->pool().kind() != PoolKind::background) return {};
  const auto life = lives_.find(demand.asker);
  if (life == lives_.end()) return {};
  Circle circle{&life->second->pool, demand.asker, {}, {}};
  for (const auto& other : circle.start->lives) {
    if (other->instance.get() != demand.asker && !is_stuck(*other, circle)) return {};
  }
  circle.way.clear();
  circle.visited.clear();
  if (!leads_back(demand, circle)) return {};
  return {.code = FailureCode::config,
          .message =
              "workers wait for each other in a circle: '" + circle.start->pool.name() + "' waits for " + circle.way};
}

// Whether one of the names that `demand` still waits for can only come from where the circle starts.
bool Supervisor::leads_back(const Demand& demand, Circle& circle) const {
  for (const std::string& name : demand.names) {
    if (is_satisfied(demand, name)) continue;
    const PoolLife* pool = find_pool(*demand.scope, name);
    if (pool == nullptr) continue;
    if (pool == circle.start) {
      circle.way = "'" + name + "'";
      return true;
    }
    if (std::find(circle.visited.begin(), circle.visited.end(), pool) != circle.visited.end()) continue;
    circle.visited.push_back(pool);
    const bool stuck = !pool->lives.empty() && std::all_of(pool->lives.begin(), pool->lives.end(),
                                                           [&](const auto& life) { return is_stuck(*life, circle); });
    if (!stuck) continue;
    circle.way = "'" + name + "', which waits for " + circle.way;
    return true;
  }
  return false;
}

bool Supervisor::is_stuck(const Life& life, Circle& circle) const {
  if (life.gone || life.draining) return life.gone;
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& waiting) {
    return waiting->demand.asker == life.instance.get() && leads_back(waiting->demand, circle);
  });
}

}  // namespace sidekick::core
