#include "core/request_queue.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/scope.h"

using namespace sidekick::core;

namespace {

struct Fixture {
  std::shared_ptr<Port> port = std::make_shared<Port>([] {});
  Scope scope{0, {}, port};
  RequestQueue queue;
  std::stop_source drain;

  std::shared_ptr<Exchange> exchange(std::uint32_t id) { return std::make_shared<Exchange>(scope, port, id, ""); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "W07 exchanges are taken in the order they came") {
  for (std::uint32_t id = 1; id <= 3; id++) queue.push(exchange(id));
  CHECK(queue.waiting() == 3);
  for (std::uint32_t id = 1; id <= 3; id++) CHECK(queue.take(drain.get_token())->id() == id);
  CHECK(queue.waiting() == 0);
}

TEST_CASE_FIXTURE(Fixture, "W07 an exchange that still waits can be taken back, once") {
  const auto first = exchange(1);
  const auto second = exchange(2);
  queue.push(first);
  queue.push(second);
  CHECK(queue.remove(*first));
  CHECK_FALSE(queue.remove(*first));
  CHECK(queue.waiting() == 1);
  CHECK(queue.take(drain.get_token()) == second);
  CHECK_FALSE(queue.remove(*second));
}

TEST_CASE_FIXTURE(Fixture, "an exchange goes to the thread that parked last") {
  std::atomic<std::uint32_t> first{0};
  std::atomic<std::uint32_t> second{0};
  std::thread early([&] { first = queue.take(drain.get_token()) ? 1 : 2; });
  while (queue.parked() < 1) std::this_thread::yield();
  std::thread late([&] { second = queue.take(drain.get_token()) ? 1 : 2; });
  while (queue.parked() < 2) std::this_thread::yield();
  queue.push(exchange(1));
  late.join();
  CHECK(second == 1);
  CHECK(first == 0);
  drain.request_stop();
  early.join();
  CHECK(first == 2);
}

TEST_CASE_FIXTURE(Fixture, "who takes an exchange calls the next thread while others wait") {
  constexpr int kThreads = 3;
  std::atomic<int> holding{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; thread++) {
    threads.emplace_back([&] {
      const auto exchange = queue.take(drain.get_token());
      holding++;
      while (holding < kThreads) std::this_thread::yield();  // none of them comes back for more
    });
  }
  while (queue.parked() < kThreads) std::this_thread::yield();
  for (std::uint32_t id = 1; id <= kThreads; id++) queue.push(exchange(id));
  for (auto& thread : threads) thread.join();
  CHECK(queue.parked() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a thread that drains leaves what it was called for to another") {
  std::stop_source first_drain;
  std::atomic<std::uint32_t> taken{0};
  std::thread stays([&] { taken = queue.take(drain.get_token())->id(); });
  while (queue.parked() < 1) std::this_thread::yield();
  std::thread leaves([&] { CHECK_FALSE(queue.take(first_drain.get_token())); });
  while (queue.parked() < 2) std::this_thread::yield();
  first_drain.request_stop();
  queue.push(exchange(1));
  leaves.join();
  stays.join();
  CHECK(taken == 1);
}

TEST_CASE_FIXTURE(Fixture, "W07 there is room for as many as threads are parked, and for those that may wait") {
  CHECK_FALSE(queue.has_room(0));
  CHECK(queue.has_room(1));
  queue.push(exchange(1));
  CHECK_FALSE(queue.has_room(1));
  CHECK(queue.take(drain.get_token()));
  std::thread parked([&] { CHECK(queue.take(drain.get_token())); });
  while (queue.parked() < 1) std::this_thread::yield();
  CHECK(queue.has_room(0));
  queue.push(exchange(2));
  parked.join();
  CHECK_FALSE(queue.has_room(0));
}

TEST_CASE_FIXTURE(Fixture, "closing releases those who wait and returns what waited") {
  std::thread parked([&] { CHECK(queue.take(drain.get_token()) == nullptr); });
  while (queue.parked() < 1) std::this_thread::yield();
  CHECK(queue.close().empty());
  parked.join();
  CHECK_FALSE(queue.push(exchange(1)));

  RequestQueue other;
  other.push(exchange(2));
  CHECK(other.close().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "many threads take each exchange once") {
  constexpr std::uint32_t kCount = 20'000;
  std::vector<std::atomic<int>> taken(kCount);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; thread++) {
    threads.emplace_back([&] {
      while (const auto got = queue.take(drain.get_token())) taken[got->id()]++;
    });
  }
  for (std::uint32_t id = 0; id < kCount; id++) queue.push(exchange(id));
  while (queue.waiting() > 0 || queue.parked() < 3) std::this_thread::yield();
  drain.request_stop();
  for (auto& thread : threads) thread.join();
  int wrong = 0;
  for (const auto& count : taken) wrong += count == 1 ? 0 : 1;
  CHECK(wrong == 0);
}
