#include "core/supervisor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor_fixture.h"

using namespace sidekick::core;
using namespace sidekick::core::test;

TEST_CASE_FIXTURE(Fixture, "C03 a scope opens when its eager workers are ready") {
  open({background("a", 2), background("lazy")});
  CHECK(host.spawned.size() == 2);
  CHECK_FALSE(opened.has_value());
  supervisor.on_ready(*host.spawned[0], now);
  REQUIRE(opened.has_value());
  CHECK(opened->code == FailureCode::none);
}

TEST_CASE_FIXTURE(Fixture, "C03 an eager worker that is only slow lets the scope open after startTimeout") {
  open({background("a", 1)});
  pass(Milliseconds{29'999});
  CHECK_FALSE(opened.has_value());
  pass(Milliseconds{1});
  REQUIRE(opened.has_value());
  CHECK(opened->code == FailureCode::none);
}

TEST_CASE_FIXTURE(Fixture, "C05 an eager worker that never boots fails the scope, once its threads have ended") {
  open({background("a", 1), background("b", 1)});
  Instance& failing = *host.spawned[0];
  Instance& other = *host.spawned[1];
  for (int attempt = 1; attempt <= 6; attempt++) {
    crash(failing);
    pass(Milliseconds{1000});
  }
  CHECK_FALSE(opened.has_value());
  supervisor.on_thread_ended(failing, now);
  supervisor.on_run_ended(other, {}, now);
  supervisor.on_thread_ended(other, now);
  REQUIRE(opened.has_value());
  CHECK(opened->code == FailureCode::boot_failed);
  CHECK(opened->attempts == 6);
  CHECK(opened->message.find("/app/a.php") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "L02 a crash is followed by a run at once, then after 100, 400, 900, 1000 ms") {
  WorkerOptions worker = background("a", 1);
  worker.max_consecutive_failures = -1;
  open({worker});
  Instance& instance = *host.spawned[0];
  CHECK(has_order(instance));
  crash(instance);
  CHECK(has_order(instance));
  for (const int delay : {100, 400, 900, 1000, 1000}) {
    crash(instance);
    CHECK(instance.state == InstanceState::backoff);
    pass(Milliseconds{delay - 1});
    CHECK(instance.state == InstanceState::backoff);
    pass(Milliseconds{1});
    CHECK(has_order(instance));
  }
  const auto seen = events();
  CHECK(std::count(seen.begin(), seen.end(), "crash") == 6);
}

TEST_CASE_FIXTURE(Fixture, "L01 instant clean exits are paced") {
  open({background("a", 1)});
  Instance& instance = *host.spawned[0];
  supervisor.on_ready(instance, now);
  supervisor.on_run_ended(instance, {.exit_status = 0, .reached_ready = true}, now);
  CHECK(instance.state == InstanceState::booting);
  supervisor.on_run_ended(instance, {.exit_status = 0, .reached_ready = true}, now);
  CHECK(instance.state == InstanceState::backoff);
}

TEST_CASE_FIXTURE(Fixture,
                  "L04 a drain ends the handle, waits the grace, forces, and abandons what cannot be stopped") {
  open({background("a", 1)});
  Instance& instance = *host.spawned[0];
  const auto run = instance.next_run();
  supervisor.on_ready(instance, now);
  std::optional<Failure> closed;
  supervisor.close_scope(
      *scope, [&](const Failure& failure) { closed = failure; }, now);
  CHECK(run->drain.stop_requested());
  CHECK_FALSE(run->force.stop_requested());
  pass(Milliseconds{29'999});
  CHECK(host.interrupts == 0);
  pass(Milliseconds{1});
  CHECK(run->force.stop_requested());
  CHECK(host.interrupts == 1);
  for (int step = 0; step < 20; step++) pass(Milliseconds{50});
  CHECK(closed.has_value());
  CHECK(instance.state == InstanceState::abandoned);
  CHECK(supervisor.abandoned() == 1);
}

TEST_CASE_FIXTURE(Fixture, "L04 shutdown functions of a script that was made to leave have a bound of their own") {
  open({background("a", 1)});
  Instance& instance = *host.spawned[0];
  CHECK(has_order(instance));
  supervisor.close_scope(
      *scope, [](const Failure&) {}, now);
  pass(Milliseconds{30'000});
  CHECK(host.interrupts == 1);
  CHECK_FALSE(host.last_interruption.everything);
  pass(Milliseconds{50});
  CHECK(host.last_interruption.attempt == 1);
  supervisor.on_forced_out(instance, now);
  pass(Milliseconds{999});
  CHECK(host.interrupts == 2);
  pass(Milliseconds{1});
  CHECK(host.interrupts == 3);
  CHECK(host.last_interruption.everything);
  CHECK(host.last_interruption.attempt == 0);
  SUBCASE("which it may keep") {
    supervisor.on_run_ended(instance, {.exit_status = 255}, now);
    CHECK_FALSE(has_order(instance));
    supervisor.on_thread_ended(instance, now);
    CHECK(supervisor.abandoned() == 0);
  }
  SUBCASE("and is abandoned after") {
    for (int step = 0; step < 20; step++) pass(Milliseconds{50});
    CHECK(supervisor.abandoned() == 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "L04 a classic thread that cannot be stopped is told of in the log") {
  supervisor.start_classic(now);
  supervisor.shut_down(Milliseconds{0}, now);
  for (int step = 0; step <= 21; step++) pass(Milliseconds{50});
  CHECK(supervisor.abandoned() == RuntimeOptions{}.threads);
  REQUIRE(host.told.size() == RuntimeOptions{}.threads);
  CHECK(host.told[0].find("cannot be stopped") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "L05 a drain cuts a backoff short") {
  open({background("a", 1)});
  Instance& instance = *host.spawned[0];
  CHECK(has_order(instance));
  crash(instance);
  CHECK(has_order(instance));
  crash(instance);
  CHECK(instance.state == InstanceState::backoff);
  supervisor.shut_down(Milliseconds{30'000}, now);
  CHECK(instance.state == InstanceState::draining);
  CHECK_FALSE(has_order(instance));  // told to end
  supervisor.on_thread_ended(instance, now);
  CHECK(supervisor.finished());
}

TEST_CASE_FIXTURE(Fixture, "C05 a scope that fails to open starts nothing more, and waits for all it had started") {
  open({background("failing", 1), background("lazy"), background("other")});
  const auto waiting = demand({"lazy"}, Want::ready, Milliseconds{100'000});
  Instance& failing = *host.spawned[0];
  Instance& lazy = *host.spawned[1];
  for (int attempt = 1; attempt <= 6; attempt++) {
    crash(failing);
    pass(Milliseconds{1000});
  }
  CHECK(waiting->has_value());
  const auto late = demand({"other"}, Want::ready);
  REQUIRE(late->has_value());
  CHECK((*late)->code == FailureCode::stopped);
  CHECK(host.spawned.size() == 2);
  supervisor.on_thread_ended(failing, now);
  CHECK_FALSE(opened.has_value());
  supervisor.on_run_ended(lazy, {}, now);
  supervisor.on_thread_ended(lazy, now);
  REQUIRE(opened.has_value());
  CHECK(opened->code == FailureCode::boot_failed);
  CHECK(supervisor.live_threads() == 0);
}

TEST_CASE_FIXTURE(Fixture, "L03 a scope closed while it opens answers both") {
  open({background("a", 1)});
  Instance& instance = *host.spawned[0];
  std::optional<Failure> closed;
  supervisor.close_scope(
      *scope, [&](const Failure& failure) { closed = failure; }, now);
  CHECK_FALSE(closed.has_value());
  supervisor.on_run_ended(instance, {}, now);
  supervisor.on_thread_ended(instance, now);
  REQUIRE(opened.has_value());
  CHECK(opened->code == FailureCode::stopped);
  REQUIRE(closed.has_value());
  CHECK(closed->code == FailureCode::none);
}

TEST_CASE_FIXTURE(Fixture, "L04 an abandoned thread that comes back is told to end, and counts no more") {
  open({background("a", 1)});
  Instance& instance = *host.spawned[0];
  CHECK(has_order(instance));
  supervisor.close_scope(
      *scope, [](const Failure&) {}, now);
  pass(Milliseconds{30'000});
  for (int step = 0; step < 20; step++) pass(Milliseconds{50});
  CHECK(supervisor.abandoned() == 1);
  supervisor.on_run_ended(instance, {}, now);
  CHECK_FALSE(has_order(instance));
  supervisor.on_thread_ended(instance, now);
  CHECK(supervisor.abandoned() == 0);
}

TEST_CASE_FIXTURE(Fixture, "V12 workers over their budget are run again one at a time, without a failure counted") {
  WorkerOptions http;
  http.file = "/app/index.php";
  http.name = "http";
  http.num = 3;
  http.recycle = true;
  open({http});
  for (Instance* each : host.spawned) {
    REQUIRE(has_order(*each));
    supervisor.on_ready(*each, now);
  }
  Instance& first = *host.spawned[0];
  Instance& second = *host.spawned[1];
  supervisor.on_over_budget(second, now);
  supervisor.on_over_budget(first, now);
  CHECK(second.state == InstanceState::draining);
  CHECK(first.state == InstanceState::ready);

  supervisor.on_run_ended(second, {.exit_status = 0, .reached_ready = true, .worked = false}, now);
  REQUIRE(has_order(second));  // at once, though its run was a short one
  CHECK(second.generation == 2);
  CHECK(first.state == InstanceState::ready);
  supervisor.on_ready(second, now);
  CHECK(first.state == InstanceState::draining);
  supervisor.on_run_ended(first, {.exit_status = 0, .reached_ready = true, .worked = false}, now);
  REQUIRE(has_order(first));
  supervisor.on_ready(first, now);
  for (Instance* each : host.spawned) CHECK(each->state == InstanceState::ready);
}

TEST_CASE_FIXTURE(Fixture, "V12 without `recycle` a worker over its budget goes on") {
  WorkerOptions http;
  http.file = "/app/index.php";
  http.name = "http";
  http.num = 1;
  open({http});
  supervisor.on_ready(*host.spawned[0], now);
  supervisor.on_over_budget(*host.spawned[0], now);
  CHECK(host.spawned[0]->state == InstanceState::ready);
}

TEST_CASE_FIXTURE(Fixture, "a recycled background worker gets end of file and runs again; a drain meanwhile wins") {
  open({background("a", 1)});
  Instance& a = *host.spawned[0];
  auto run = a.next_run();
  supervisor.on_ready(a, now);
  CHECK(supervisor.recycle(a, now));
  CHECK(run->drain.stop_requested());
  CHECK_FALSE(run->force.stop_requested());
  supervisor.on_run_ended(a, {.exit_status = 0, .reached_ready = true}, now);
  run = a.next_run();
  REQUIRE(run.has_value());
  CHECK(run->generation == 2);

  CHECK(supervisor.recycle(a, now));
  bool closed = false;
  supervisor.close_scope(
      *scope, [&](const Failure&) { closed = true; }, now);
  supervisor.on_run_ended(a, {.exit_status = 0, .reached_ready = true}, now);
  CHECK_FALSE(a.next_run().has_value());
  supervisor.on_thread_ended(a, now);
  CHECK(closed);
}

TEST_CASE_FIXTURE(Fixture, "L04 a scope closed before it is told that it gets no thread leaves nothing behind") {
  open({background("a"), background("b")});
  demand({"a"}, Want::ready);
  host.refuses = true;
  const auto refused = demand({"b"}, Want::ready);
  supervisor.close_scope(
      *scope, [](const Failure&) {}, now);
  Instance& a = *host.spawned[0];
  supervisor.on_run_ended(a, {}, now);
  supervisor.on_thread_ended(a, now);  // and with it all of the scope is forgotten
  CHECK((*refused)->code == FailureCode::stopped);
  CHECK_FALSE(supervisor.next_due().has_value());
}

TEST_CASE_FIXTURE(Fixture, "L05 a shutdown does not wait for a restart of opcache that was put off") {
  supervisor.restart_cache(RestartReason::memory, now);
  open({background("a", 1)});
  CHECK(has_order(*host.spawned[0]));
  supervisor.restart_cache(RestartReason::memory, now);
  CHECK(supervisor.next_due().has_value());
  supervisor.shut_down(Milliseconds{0}, now);
  supervisor.on_run_ended(*host.spawned[0], {}, now);
  supervisor.on_thread_ended(*host.spawned[0], now);
  CHECK(supervisor.finished());
  CHECK_FALSE(supervisor.next_due().has_value());
}
