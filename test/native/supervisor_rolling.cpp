// Restarts of workers as the supervisor decides them: who leaves when, who serves meanwhile, when it fails.
#include <doctest/doctest.h>

#include "supervisor_fixture.h"

using namespace sidekick::core;
using namespace sidekick::core::test;

namespace {

WorkerOptions http(std::string name, std::uint32_t num) {
  WorkerOptions worker;
  worker.file = "/app/" + name + ".php";
  worker.name = std::move(name);
  worker.num = num;
  return worker;
}

struct RollingFixture : Fixture {
  // Every instance so far boots and becomes ready.
  void all_ready() {
    for (Instance* each : host.spawned) ready(*each);
  }
  void ready(Instance& instance) {
    REQUIRE(has_order(instance));
    supervisor.on_ready(instance, now);
  }
  // The script of an instance that was asked to leave ends.
  void leave(Instance& instance) {
    CHECK(instance.state == InstanceState::draining);
    supervisor.on_run_ended(instance, {.exit_status = 0, .reached_ready = true}, now);
  }
  void thread_ends(Instance& instance) {
    CHECK_FALSE(has_order(instance));
    supervisor.on_thread_ended(instance, now);
  }
  std::shared_ptr<std::optional<Failure>> restart(std::vector<std::string> names = {}) {
    auto answer = std::make_shared<std::optional<Failure>>();
    supervisor.restart(
        *scope, names, [answer](const Failure& failure) { *answer = failure; }, now);
    return answer;
  }
  // Instances in a state.
  std::size_t count(InstanceState state) const {
    std::size_t found = 0;
    supervisor.each_instance(
        [&](const Instance& each, std::uint32_t, const LastError&) { found += each.state == state ? 1 : 0; });
    return found;
  }
  static bool succeeded(const std::shared_ptr<std::optional<Failure>>& answer) {
    return answer->has_value() && !**answer;
  }
};

}  // namespace

TEST_CASE_FIXTURE(RollingFixture, "L03 a pool is restarted one instance after the other, each on its own thread") {
  open({http("w", 3)});
  all_ready();
  const auto answer = restart();
  CHECK(host.code_changes == 1);
  for (Instance* each : std::vector(host.spawned)) {
    CHECK(count(InstanceState::ready) == 2);
    CHECK(each->state == InstanceState::draining);
    CHECK_FALSE(answer->has_value());
    leave(*each);
    CHECK(each->state == InstanceState::booting);
    CHECK(count(InstanceState::ready) == 2);  // the next one is not asked before this one is ready
    ready(*each);
    CHECK(each->generation == 2);
  }
  CHECK(succeeded(answer));
  CHECK(host.spawned.size() == 3);
  CHECK(count(InstanceState::ready) == 3);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 of a large pool, a quarter is restarted at a time") {
  open({http("w", 8)});
  all_ready();
  const auto answer = restart();
  for (int round = 0; round < 4; round++) {
    CHECK(count(InstanceState::draining) == 2);
    CHECK(count(InstanceState::ready) == 6);
    for (Instance* each : host.spawned) {
      if (each->state != InstanceState::draining || each->generation == 2) continue;
      leave(*each);
    }
    for (Instance* each : host.spawned) {
      if (each->state == InstanceState::booting) ready(*each);
    }
  }
  CHECK(succeeded(answer));
}

TEST_CASE_FIXTURE(RollingFixture, "L03 the only instance of an HTTP worker drains when its successor is ready") {
  open({http("w", 1)});
  all_ready();
  Instance& first = *host.spawned[0];
  const auto answer = restart();
  REQUIRE(host.spawned.size() == 2);
  Instance& second = *host.spawned[1];
  CHECK(second.index() == 0);
  CHECK(first.state == InstanceState::ready);
  ready(second);
  CHECK(second.generation == 2);
  CHECK(first.state == InstanceState::draining);
  CHECK_FALSE(answer->has_value());  // a request may be under way in the first one
  supervisor.on_run_ended(first, {.reached_ready = true}, now);
  thread_ends(first);
  CHECK(succeeded(answer));
  CHECK(supervisor.live_threads() == 1);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 the only instance of a background worker leaves before it runs again") {
  open({background("a", 1)});
  all_ready();
  Instance& a = *host.spawned[0];
  const auto answer = restart();
  leave(a);
  CHECK_FALSE(answer->has_value());
  ready(a);
  CHECK(succeeded(answer));
  CHECK(host.spawned.size() == 1);
  CHECK(a.generation == 2);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 the last that serves is not asked to leave, whatever the others do") {
  open({http("w", 2)});
  all_ready();
  Instance& crashed = *host.spawned[0];
  Instance& serving = *host.spawned[1];
  crash(crashed);
  CHECK(crashed.state == InstanceState::booting);  // with the old code, perhaps
  const auto answer = restart();
  CHECK(crashed.state == InstanceState::draining);
  CHECK(serving.state == InstanceState::ready);
  REQUIRE(has_order(crashed));
  supervisor.on_ready(crashed, now);  // gets as far as to ask for a request, and is told to leave
  CHECK(crashed.state == InstanceState::draining);
  CHECK(serving.state == InstanceState::ready);
  leave(crashed);
  ready(crashed);
  CHECK(serving.state == InstanceState::draining);
  leave(serving);
  ready(serving);
  CHECK(succeeded(answer));
}

TEST_CASE_FIXTURE(RollingFixture,
                  "L03 only the workers that are named are restarted; a lazy one that does not run is not started") {
  open({background("a", 1), background("b", 1), background("lazy")});
  all_ready();
  const auto answer = restart({"b", "lazy"});
  CHECK(host.spawned[0]->state == InstanceState::ready);
  leave(*host.spawned[1]);
  ready(*host.spawned[1]);
  CHECK(succeeded(answer));
  CHECK(host.spawned.size() == 2);
  CHECK(succeeded(restart({"lazy"})));
  const auto unknown = restart({"a", "nobody"});
  REQUIRE(unknown->has_value());
  CHECK((*unknown)->code == FailureCode::unknown_worker);
  CHECK((*unknown)->message == "scope 'app' has no worker 'nobody'");
  CHECK(host.spawned[0]->state == InstanceState::ready);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 a restart during a restart brings everyone to the later one") {
  open({background("a", 2)});
  all_ready();
  Instance& a = *host.spawned[0];
  Instance& b = *host.spawned[1];
  const auto first = restart();
  leave(a);
  REQUIRE(has_order(a));  // boots, with what the first restart was for
  const auto second = restart();
  CHECK(a.state == InstanceState::draining);
  CHECK(b.state == InstanceState::ready);
  leave(a);
  ready(a);
  CHECK_FALSE(first->has_value());
  leave(b);
  ready(b);
  CHECK(succeeded(first));
  CHECK(succeeded(second));
  CHECK(b.generation == 2);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 a successor that is asked to leave by another restart does not take the place") {
  open({http("w", 1)});
  all_ready();
  Instance& first = *host.spawned[0];
  const auto answer = restart();
  Instance& second = *host.spawned[1];
  REQUIRE(has_order(second));
  const auto again = restart();
  CHECK(second.state == InstanceState::draining);
  supervisor.on_ready(second, now);
  CHECK(first.state == InstanceState::ready);
  leave(second);
  ready(second);
  CHECK(first.state == InstanceState::draining);
  supervisor.on_run_ended(first, {.reached_ready = true}, now);
  thread_ends(first);
  CHECK(succeeded(answer));
  CHECK(succeeded(again));
  CHECK(host.spawned.size() == 2);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 a restart cuts a backoff short") {
  open({background("a", 1)});
  all_ready();
  Instance& a = *host.spawned[0];
  crash(a);
  CHECK(has_order(a));
  crash(a);
  CHECK(a.state == InstanceState::backoff);
  const auto answer = restart();
  CHECK(a.state == InstanceState::booting);
  ready(a);
  CHECK(succeeded(answer));
}

TEST_CASE_FIXTURE(RollingFixture, "L03 who does not leave within restartTimeout is forced to, and runs anew") {
  open({background("a", 1)});
  Instance& a = *host.spawned[0];
  const auto run = a.next_run();
  supervisor.on_ready(a, now);
  const auto answer = restart();
  CHECK(run->drain.stop_requested());
  pass(Milliseconds{5'999});
  CHECK_FALSE(run->force.stop_requested());
  pass(Milliseconds{1});
  CHECK(run->force.stop_requested());
  CHECK(host.interrupts == 1);
  supervisor.on_run_ended(a, {.exit_status = 255, .reached_ready = true}, now);
  ready(a);
  CHECK(succeeded(answer));
  supervisor.each_instance([](const Instance&, std::uint32_t failures, const LastError&) { CHECK(failures == 0); });
}

TEST_CASE_FIXTURE(RollingFixture, "L04 who cannot be stopped is abandoned and replaced; when it comes back, it goes") {
  open({background("a", 1)});
  all_ready();
  Instance& stuck = *host.spawned[0];
  const auto answer = restart();
  pass(Milliseconds{6'000});
  for (int step = 0; step < 20; step++) pass(Milliseconds{50});
  CHECK(stuck.state == InstanceState::abandoned);
  CHECK(supervisor.abandoned() == 1);
  REQUIRE(host.spawned.size() == 2);
  Instance& fresh = *host.spawned[1];
  CHECK(fresh.index() == stuck.index());
  ready(fresh);
  CHECK(fresh.generation == 2);
  CHECK(succeeded(answer));
  supervisor.on_run_ended(stuck, {}, now);
  thread_ends(stuck);
  CHECK(supervisor.abandoned() == 0);
  CHECK(supervisor.live_threads() == 1);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 code that does not boot fails the restart; the others go on with the old") {
  open({http("w", 2)});
  all_ready();
  Instance& first = *host.spawned[0];
  Instance& second = *host.spawned[1];
  const auto answer = restart();
  leave(first);
  for (int attempt = 1; attempt <= 6; attempt++) {
    CHECK_FALSE(answer->has_value());
    REQUIRE(has_order(first));
    crash(first);
    pass(Milliseconds{1000});
  }
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::boot_failed);
  CHECK((*answer)->attempts == 6);
  CHECK(second.state == InstanceState::ready);
  CHECK(second.generation == 1);
  ready(first);  // the seventh try, with repaired code: nobody asks the second to follow
  CHECK(second.state == InstanceState::ready);

  const auto repaired = restart();
  leave(first);
  ready(first);
  leave(second);
  ready(second);
  CHECK(succeeded(repaired));
}

TEST_CASE_FIXTURE(RollingFixture, "L03 a successor that does not boot goes; its predecessor serves on") {
  WorkerOptions worker = http("w", 1);
  worker.max_consecutive_failures = -1;  // the restart fails all the same
  open({worker});
  all_ready();
  Instance& first = *host.spawned[0];
  const auto answer = restart();
  Instance& second = *host.spawned[1];
  for (int attempt = 1; attempt <= 6; attempt++) {
    REQUIRE(has_order(second));
    crash(second);
    pass(Milliseconds{1000});
  }
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::boot_failed);
  thread_ends(second);
  CHECK(first.state == InstanceState::ready);
  CHECK(supervisor.live_threads() == 1);

  const auto repaired = restart();
  REQUIRE(host.spawned.size() == 3);
  ready(*host.spawned[2]);
  supervisor.on_run_ended(first, {.reached_ready = true}, now);
  thread_ends(first);
  CHECK(succeeded(repaired));
}

TEST_CASE_FIXTURE(RollingFixture,
                  "L03 an HTTP worker that is not ready in time fails the restart, a background worker does not") {
  open({http("w", 1), background("a", 1)});
  all_ready();
  const auto both = restart();
  leave(*host.spawned[1]);
  REQUIRE(has_order(*host.spawned[1]));
  REQUIRE(has_order(*host.spawned[2]));
  pass(Milliseconds{29'999});
  CHECK_FALSE(both->has_value());
  pass(Milliseconds{1});
  REQUIRE(both->has_value());
  CHECK((*both)->code == FailureCode::timeout);
  CHECK((*both)->message.find("worker 'w' (/app/w.php) is not ready 30000 ms after its restart") != std::string::npos);
  CHECK(host.spawned[0]->state == InstanceState::ready);
  CHECK(host.spawned[2]->state == InstanceState::draining);

  const auto background_only = restart({"a"});
  leave(*host.spawned[1]);
  REQUIRE(has_order(*host.spawned[1]));
  pass(Milliseconds{30'000});
  CHECK(succeeded(background_only));
}

TEST_CASE_FIXTURE(RollingFixture,
                  "L03 a lazy worker that is given up meanwhile fails the restart, and its name is free") {
  open({background("a")});
  demand({"a"}, Want::ready);
  Instance& a = *host.spawned[0];
  ready(a);
  const auto answer = restart();
  leave(a);
  for (int attempt = 1; attempt <= 6; attempt++) {
    REQUIRE(has_order(a));
    crash(a);
    pass(Milliseconds{1000});
  }
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::boot_failed);
  CHECK(succeeded(restart()));  // nothing runs
  demand({"a"}, Want::ready);
  CHECK(host.spawned.size() == 2);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 closing the scope ends a restart, and its threads") {
  open({http("w", 1), background("a", 1)});
  all_ready();
  const auto answer = restart();
  REQUIRE(host.spawned.size() == 3);
  bool closed = false;
  supervisor.close_scope(
      *scope, [&](const Failure&) { closed = true; }, now);
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::stopped);
  for (Instance* each : std::vector(host.spawned)) supervisor.on_run_ended(*each, {.reached_ready = true}, now);
  for (Instance* each : std::vector(host.spawned)) supervisor.on_thread_ended(*each, now);
  CHECK(closed);
  CHECK(supervisor.live_threads() == 0);
  const auto late = restart();
  REQUIRE(late->has_value());
  CHECK((*late)->code == FailureCode::stopped);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 the runtime's end ends a restart") {
  open({background("a", 1)});
  all_ready();
  const auto answer = restart();
  supervisor.shut_down(Milliseconds{100}, now);
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::stopped);
  leave(*host.spawned[0]);
  thread_ends(*host.spawned[0]);
  CHECK(supervisor.finished());
}

TEST_CASE_FIXTURE(RollingFixture, "L03 beside a restart of opcache: who leaves for the one runs anew for the other") {
  open({http("w", 1), background("a", 1)});
  all_ready();
  Instance& w = *host.spawned[0];
  Instance& a = *host.spawned[1];
  gate.enter(RestartGate::Admission::ordered);  // w
  gate.enter(RestartGate::Admission::ordered);  // a
  supervisor.restart_cache(RestartReason::memory, now);
  CHECK(a.state == InstanceState::draining);
  const auto answer = restart();
  Instance& successor = *host.spawned[2];
  gate.enter(RestartGate::Admission::ordered);
  gate.leave();
  leave(a);  // held now: its run is ordered when opcache has restarted
  CHECK(a.state == InstanceState::draining);
  CHECK(w.state == InstanceState::draining);  // the gate is closed: HTTP workers leave
  gate.leave();
  leave(w);
  REQUIRE(has_order(successor));
  supervisor.on_ready(successor, now);
  CHECK(successor.state == InstanceState::draining);
  gate.leave();
  supervisor.on_run_ended(successor, {.reached_ready = true}, now);
  supervisor.on_gate_empty(now);
  CHECK(host.numbers.restarts == 1);
  ready(a);
  ready(successor);
  thread_ends(w);
  CHECK(succeeded(answer));
  CHECK(count(InstanceState::ready) == 2);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 a worker that is being recycled runs anew once for both") {
  open({background("a", 1)});
  all_ready();
  Instance& a = *host.spawned[0];
  CHECK(supervisor.recycle(a, now));
  const auto answer = restart();
  pass(Milliseconds{6'000});
  CHECK(host.interrupts == 1);  // a recycle has no grace, a restart has
  leave(a);
  ready(a);
  CHECK(succeeded(answer));
  CHECK(a.generation == 2);
}

TEST_CASE_FIXTURE(RollingFixture, "L03 a predecessor that crashes while its successor boots still makes way for it") {
  open({http("w", 1)});
  all_ready();
  Instance& first = *host.spawned[0];
  const auto answer = restart();
  Instance& second = *host.spawned[1];
  crash(first);
  ready(first);  // with the new code
  CHECK_FALSE(answer->has_value());
  ready(second);
  CHECK(first.state == InstanceState::draining);
  supervisor.on_run_ended(first, {.reached_ready = true}, now);
  thread_ends(first);
  CHECK(succeeded(answer));
  CHECK(count(InstanceState::ready) == 1);
}
