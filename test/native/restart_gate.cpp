#include "core/restart_gate.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <semaphore>
#include <thread>
#include <vector>

#include "core/restart_plan.h"

using namespace sidekick::core;
using Admission = RestartGate::Admission;

TEST_CASE("a closed gate keeps requests out and is seized when the last one has left") {
  RestartGate gate;
  std::atomic<int> told{0};
  gate.when_empty([&] { told++; });
  gate.enter(Admission::request);
  gate.enter(Admission::ordered);
  CHECK_FALSE(gate.seize());  // open
  gate.close();
  CHECK(gate.is_closed());

  std::binary_semaphore entered{0};
  std::thread late([&] {
    gate.enter(Admission::request);
    entered.release();
    gate.leave();
  });
  gate.leave();
  CHECK(told == 0);
  CHECK_FALSE(gate.seize());
  gate.leave();
  CHECK(told == 1);
  CHECK(gate.seize());
  CHECK_FALSE(entered.try_acquire());
  gate.reopen(true);
  entered.acquire();
  late.join();
  CHECK(gate.restarts() == 1);
  CHECK(told == 1);  // the gate was open when that one left
}

TEST_CASE("who was ordered to run enters a closed gate, and not a seized one") {
  RestartGate gate;
  gate.close();
  gate.enter(Admission::ordered);
  gate.leave();
  REQUIRE(gate.seize());
  std::atomic<bool> entered{false};
  std::thread ordered([&] {
    gate.enter(Admission::ordered);
    entered = true;
    gate.leave();
  });
  CHECK_FALSE(entered.load());
  gate.reopen(false);
  ordered.join();
  CHECK(entered.load());
  CHECK(gate.restarts() == 0);
}

TEST_CASE("whoever seizes the gate is alone, among threads that come and go") {
  RestartGate gate;
  std::counting_semaphore<> empty{0};
  gate.when_empty([&] { empty.release(); });
  std::atomic<bool> over{false};
  std::atomic<bool> broken{false};
  std::uint64_t generation = 0;  // written by who is alone, read by who is inside: no lock of its own (TSan looks)
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; thread++) {
    threads.emplace_back([&, thread] {
      while (!over.load()) {
        gate.enter(thread == 0 ? Admission::ordered : Admission::request);
        const std::uint64_t seen = generation;
        if (seen != gate.restarts() || seen != generation) broken = true;
        gate.leave();
      }
    });
  }
  for (int restart = 0; restart < 500; restart++) {
    gate.close();
    while (!gate.seize()) {
      static_cast<void>(empty.try_acquire_for(std::chrono::milliseconds{1}));
    }
    generation++;
    gate.reopen(true);
  }
  over = true;
  for (auto& thread : threads) thread.join();
  CHECK_FALSE(broken.load());
  CHECK(gate.restarts() == 500);
}

TEST_CASE("restarts are paced, and one that is put off is tried again ever later, up to 720 times the patience") {
  RestartPlan plan(Milliseconds{5000});
  TimePoint now{};
  plan.want(RestartReason::memory);
  REQUIRE(plan.is_due(now));
  plan.begin(now);
  plan.close(now);
  CHECK_FALSE(plan.restarted(now));
  CHECK_FALSE(plan.waiting());
  plan.want(RestartReason::memory);
  CHECK_FALSE(plan.is_due(now));
  now += Milliseconds{1000};
  CHECK(plan.is_due(now));

  for (const int seconds : {60, 120, 240, 480, 960, 1920, 3600, 3600}) {
    plan.begin(now);
    CHECK_FALSE(plan.is_late(now + Milliseconds{4999}));
    CHECK(plan.is_late(now + Milliseconds{5000}));
    CHECK(plan.put_off(now) == std::chrono::seconds{seconds});
    CHECK(plan.waiting());
    now += std::chrono::seconds{seconds};
    CHECK(plan.is_due(now));
    CHECK_FALSE(plan.is_due(now - Milliseconds{1}));
  }
  CHECK(plan.put_off() == 8);
  plan.begin(now);
  CHECK_FALSE(plan.restarted(now));  // long after the one before
  plan.want(RestartReason::files);
  now += std::chrono::seconds{2};
  plan.begin(now);
  CHECK(plan.restarted(now));  // soon after
  plan.want(RestartReason::files);
  plan.begin(now);
  CHECK(plan.put_off(now) == std::chrono::seconds{60});
}
