#include "core/port.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

using sidekick::core::Event;
using sidekick::core::EventKind;
using sidekick::core::Port;

TEST_CASE("a port rings once per change from empty to non-empty") {
  int rings = 0;
  Port port([&] { rings++; });
  port.push_done(1);
  port.push_done(2);
  CHECK(rings == 1);

  std::vector<Event> events;
  port.drain(events);
  REQUIRE(events.size() == 2);
  CHECK(events[0].id == 1);
  CHECK(events[1].id == 2);
  port.push_done(3);
  CHECK(rings == 2);
}

TEST_CASE("a closed port drops what it is sent and rings no more") {
  int rings = 0;
  Port port([&] { rings++; });
  port.push_done(1);
  port.close();
  port.push_done(2);
  std::vector<Event> events;
  port.drain(events);
  CHECK(events.empty());
  CHECK(rings == 1);
}

TEST_CASE("a port loses nothing that many threads push while it is drained") {
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint32_t kEach = 20'000;
  std::atomic<int> rings{0};
  Port port([&] {
    rings++;
    rings.notify_one();
  });
  std::vector<std::thread> threads;
  for (std::uint32_t thread = 0; thread < kThreads; thread++) {
    threads.emplace_back([&port, thread] {
      for (std::uint32_t count = 0; count < kEach; count++) port.push_done(thread * kEach + count);
    });
  }
  // As the JavaScript thread does: drains only when rung.
  std::vector<std::uint32_t> next(kThreads, 0);
  std::uint32_t seen = 0;
  int heard = 0;
  bool ordered = true;
  std::vector<Event> events;
  while (seen < kThreads * kEach) {
    rings.wait(heard);
    heard = rings.load();
    events.clear();
    port.drain(events);
    for (const Event& event : events) {
      ordered = ordered && event.id % kEach == next[event.id / kEach]++;
      seen++;
    }
  }
  for (auto& thread : threads) thread.join();
  CHECK(seen == kThreads * kEach);
  CHECK(ordered);
}
