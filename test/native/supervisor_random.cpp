// Ten thousand worlds (supervisor_world.h), each another interleaving of all that can happen to a supervisor, and what
// must hold after each step of each of them. A world that fails says its seed:
//
//   SIDEKICK_SEED=1234 SIDEKICK_WORLDS=1 build/native_tests --test-case='*interleavings*'
//
// plays it again, step by step the same. Without a seed every run of the tests plays other worlds.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "supervisor_world.h"

namespace sidekick::core::test {

void World::take_orders() {
  for (const auto& thread : threads_) {
    if (thread->place == Place::ended || thread->told_to_end() || !thread->instance->has_order()) continue;
    if (thread->place != Place::waiting) {
      // Only an abandoned one is told in the middle of its run: to end when it comes back.
      if (!thread->abandoned()) throw Violation(called(*thread) + " gets an order while it runs");
      continue;
    }
    thread->run = thread->instance->next_run();
    thread->place = Place::ordered;
    if (!thread->run) continue;
    thread->restarts_before = static_cast<std::uint32_t>(restarts_.size());
    if (thread->abandoned()) throw Violation(called(*thread) + " was abandoned and is ordered to run");
    if (thread->run->generation != ++thread->runs) throw Violation(called(*thread) + " has lost an order to run");
  }
}

void World::look() {
  std::vector<Event> events;
  port_->drain(events);
  for (const Event& event : events) {
    const bool is_answer = event.kind == EventKind::done || event.kind == EventKind::failed;
    if (is_answer && ++script_answers_[event.id] > 1) throw Violation("a script is answered twice");
  }
  const auto live = static_cast<std::uint32_t>(
      std::count_if(threads_.begin(), threads_.end(), [](const auto& thread) { return thread->live(); }));
  if (supervisor_->live_threads() != live) throw Violation("the number of live threads is wrong");
  const auto abandoned = static_cast<std::uint32_t>(
      std::count_if(threads_.begin(), threads_.end(), [](const auto& thread) { return thread->abandoned(); }));
  if (supervisor_->abandoned() != abandoned) throw Violation("the number of abandoned threads is wrong");
  look_at_starts();
  look_at_asks();
}

// A name is served by one pool, with as many threads as it was declared with at most, and one more while an HTTP
// worker's instance has a successor.
void World::look_at_starts() {
  std::map<std::pair<const Scope*, std::string>, const Pool*> serving;
  std::map<const Pool*, std::uint32_t> sizes;
  for (const auto& thread : threads_) {
    const Pool& pool = *thread->pool;
    if (pool.scope() == nullptr || !thread->live()) continue;
    const bool scales = pool.kind() == PoolKind::http_worker;
    const std::uint32_t declared = std::max({pool.options().num, scales ? pool.options().max_threads : 1, 1U});
    const std::uint32_t most = declared + (scales ? 1 : 0);
    if (++sizes[&pool] > most) throw Violation(called(*thread) + " is one thread too many");
    if (thread->asked_to_leave() || thread->told_to_end()) continue;
    const auto [first, is_first] = serving.try_emplace({pool.scope(), pool.name()}, &pool);
    if (!is_first && first->second != &pool) throw Violation("two pools serve " + called(*thread));
  }
}

bool World::surely_satisfied(const Demand& demand, const std::string& name) const {
  if (demand.want == Want::published) {
    const Slot* slot = demand.scope->find_slot(name);
    return slot != nullptr && slot->current() != nullptr;
  }
  return std::any_of(threads_.begin(), threads_.end(), [&](const auto& thread) {
    const Pool& pool = *thread->pool;
    return pool.scope() == demand.scope && pool.kind() == PoolKind::background && pool.name() == name &&
           ready_.contains(&pool) && thread->live() && thread->run && !thread->asked_to_leave();
  });
}

bool World::may_be_answered(const Demand& demand, const std::string& name) const {
  if (name == "flags") return true;  // JavaScript may publish at any time
  return std::any_of(threads_.begin(), threads_.end(), [&](const auto& thread) {
    const Pool& pool = *thread->pool;
    return pool.scope() == demand.scope && pool.kind() == PoolKind::background && pool.name() == name &&
           thread->live() && !thread->told_to_end();
  });
}

// Whoever waits, waits for something that can still come, and not longer than it said.
void World::look_at_asks() {
  const auto due = supervisor_->next_due();
  const bool caught_up = !due || *due > now_;
  for (const auto& ask : asks_) {
    if (ask->answers > 0) continue;
    const Demand& demand = ask->demand;
    const std::string who = "the waiter for " + demand.names.front();
    if (stopping_ || demand.scope->closed.load()) throw Violation(who + " waits in a scope that is closed");
    if (caught_up && *demand.deadline <= now_) throw Violation(who + " waits beyond its deadline");
    const auto& names = demand.names;
    if (std::all_of(names.begin(), names.end(), [&](const auto& name) { return surely_satisfied(demand, name); })) {
      throw Violation(who + " is not told that it has what it wants");
    }
    for (const auto& name : names) {
      if (!caught_up || surely_satisfied(demand, name) || may_be_answered(demand, name)) continue;
      throw Violation(who + " waits for a worker that nobody runs");
    }
  }
}

void World::look_at_answer(const Ask& ask, const Failure& failure) const {
  const Demand& demand = ask.demand;
  if (ask.answers > 1) throw Violation("a waiter is answered twice");
  if (failure.code == FailureCode::timeout && now_ < *demand.deadline) throw Violation("a timeout before its time");
  if (failure) return;
  for (const std::string& name : demand.names) {
    const bool has = std::any_of(threads_.begin(), threads_.end(), [&](const auto& thread) {
      return thread->pool->scope() == demand.scope && thread->pool->name() == name && thread->live() &&
             (demand.want == Want::started || ready_.contains(thread->pool));
    });
    if (demand.want == Want::published ? !surely_satisfied(demand, name) : !has) {
      throw Violation("a waiter is told that it has '" + name + "', and has not");
    }
  }
}

// All that run have begun since.
void World::look_at_restart(const Restart& restart, const Failure& failure) const {
  if (restart.answers > 1) throw Violation("a restart is answered twice");
  if (failure) return;
  for (const auto& thread : threads_) {
    const Pool& pool = *thread->pool;
    const auto& names = restart.names;
    if (pool.scope() != restart.scope || !thread->live() || !thread->run || thread->asked_to_leave()) continue;
    if (!names.empty() && std::find(names.begin(), names.end(), pool.name()) == names.end()) continue;
    if (thread->restarts_before < restart.number) throw Violation(called(*thread) + " was not restarted");
  }
}

void World::look_at_crash(const PlayedThread& thread) {
  const Pool& pool = *thread.pool;
  if (pool.kind() != PoolKind::background || ready_.contains(&pool)) return;
  for (const auto& ask : asks_) {
    const auto& names = ask->demand.names;
    if (ask->answers == 0 && ask->demand.fail_fast && ask->demand.scope == pool.scope() &&
        std::find(names.begin(), names.end(), pool.name()) != names.end()) {
      throw Violation("a hasty waiter is not told that " + called(thread) + " failed to boot");
    }
  }
}

void World::look_at_opened(const PlayedScope& scope) {
  if (scope.opened > 1) throw Violation("a scope opens twice");
  if (scope.opening) return look_at_scope_gone(*scope.scope);
  if (now_ >= scope.created + scope.scope->options().start_timeout) return;
  for (const auto& thread : threads_) {
    const Pool& pool = *thread->pool;
    if (pool.scope() == scope.scope.get() && pool.options().num > 0 && !ready_.contains(&pool)) {
      throw Violation("a scope opens before " + called(*thread) + " was ready");
    }
  }
}

void World::look_at_scope_gone(const Scope& scope) const {
  for (const auto& thread : threads_) {
    if (thread->pool->scope() == &scope && thread->live()) {
      throw Violation("a scope counts as gone while " + called(*thread) + " lives");
    }
  }
}

void World::look_at_end() {
  look();
  if (!supervisor_->finished() || supervisor_->live_threads() > 0) throw Violation("a thread outlives the shutdown");
  if (supervisor_->next_due()) throw Violation("a timer outlives the shutdown");
  for (const auto& ask : asks_) {
    if (ask->answers != 1) throw Violation("a waiter was never answered");
  }
  for (const auto& restart : restarts_) {
    if (restart->answers != 1) throw Violation("a restart was never answered");
  }
  for (const auto& script : scripts_) {
    if (aborted_scripts_.contains(script->operation())) continue;
    if (script_answers_[script->operation()] != 1) throw Violation("a script was never answered");
  }
  if (gate_.is_closed()) throw Violation("the gate stays closed");
  for (const auto& scope : scopes_) {
    if (scope->opened != 1) throw Violation("a scope was never answered");
    if (scope->closed != scope->closes) throw Violation("a scope's closing was never answered");
  }
  for (const auto& thread : threads_) {
    if (thread->place == Place::ended) continue;
    // Abandoned: when it comes back it may only end.
    if (thread->place == Place::ordered && thread->run) begin(*thread);
    if (thread->place == Place::inside) leave(*thread);
    if (thread->place == Place::left) report(*thread);
    take_orders();
    if (thread->place != Place::ordered || thread->run) throw Violation(called(*thread) + " came back to run again");
    end_thread(*thread);
  }
  if (supervisor_->abandoned() != 0) throw Violation("abandoned threads are counted that have ended");
  if (supervisor_->next_due()) throw Violation("a timer outlives the last thread");
}

}  // namespace sidekick::core::test

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Empty: nothing was violated.
std::string play_world(std::uint64_t seed) {
  sidekick::core::test::World world(seed);
  try {
    world.play(20 + seed % 300);
    world.end();
    return {};
  } catch (const sidekick::core::test::Violation& violation) {
    std::string text = violation.what();
    const auto& trace = world.trace();
    for (std::size_t at = trace.size() - std::min<std::size_t>(trace.size(), 60); at < trace.size(); at++) {
      text += "\n  " + trace[at];
    }
    return text;
  }
}

}  // namespace

TEST_CASE("10 000 interleavings: no name is started twice, no waiter lost, no thread leaked, each drain bounded") {
  const std::uint64_t seed = number_from("SIDEKICK_SEED", std::random_device{}());
  const std::uint64_t worlds = number_from("SIDEKICK_WORLDS", 10'000);
  MESSAGE("SIDEKICK_SEED=", seed);
  for (std::uint64_t world = seed; world < seed + worlds; world++) {
    const std::string violated = play_world(world);
    INFO("SIDEKICK_SEED=", world, " SIDEKICK_WORLDS=1: ", violated);
    REQUIRE(violated.empty());
  }
}
