// Pools that grow while work waits and shrink when they idle.
#include <doctest/doctest.h>

#include "core/exchange.h"
#include "supervisor_fixture.h"

using namespace sidekick::core;
using namespace sidekick::core::test;

namespace {

struct ScalingFixture : Fixture {
  static WorkerOptions http(std::uint32_t num, std::uint32_t most) {
    WorkerOptions worker;
    worker.file = "/app/w.php";
    worker.name = "w";
    worker.num = num;
    worker.max_threads = most;
    return worker;
  }
  Pool& pool() { return host.spawned.front()->pool(); }
  void ready(Instance& instance) {
    REQUIRE(has_order(instance));
    supervisor.on_ready(instance, now);
  }
  void all_ready() {
    for (Instance* each : host.spawned) ready(*each);
  }
  // A request comes, as Runtime::dispatch() takes it; returns whether the supervisor was told.
  bool request() {
    pool().queue().push(std::make_shared<Exchange>(*scope, port, 1, ""));
    const bool told = pool().must_tell_of_work();
    if (told) supervisor.on_work_waiting(pool(), now);
    return told;
  }
  // A thread takes the request that waits longest.
  void serve() { REQUIRE(pool().queue().take({}) != nullptr); }
  std::size_t threads() {
    std::size_t found = 0;
    supervisor.each_pool([&](const Pool& each, const Supervisor::Extent& extent) {
      if (&each == &pool()) found = extent.threads;
    });
    return found;
  }
  // Time goes by in steps, as it does.
  void wait(Milliseconds time) {
    const TimePoint target = now + time;
    while (supervisor.next_due() && *supervisor.next_due() <= target) {
      now = std::max(now, *supervisor.next_due());
      supervisor.run_due(now);
    }
    now = target;
  }
  void thread_leaves(Instance& instance) {
    CHECK(instance.state == InstanceState::draining);
    supervisor.on_run_ended(instance, {.reached_ready = true}, now);
    CHECK_FALSE(has_order(instance));
    supervisor.on_thread_ended(instance, now);
  }
};

}  // namespace

TEST_CASE_FIXTURE(ScalingFixture,
                  "W07 a pool grows while requests wait, one instance after the other, up to maxThreads") {
  open({http(1, 3)});
  all_ready();
  CHECK(request());
  CHECK_FALSE(request());  // the supervisor knows
  wait(Milliseconds{4});
  CHECK(threads() == 1);
  wait(Milliseconds{1});
  CHECK(threads() == 2);
  wait(Milliseconds{100});
  CHECK(threads() == 2);  // the second is not ready yet
  CHECK(host.spawned[1]->index() == 1);
  ready(*host.spawned[1]);
  wait(Milliseconds{5});
  CHECK(threads() == 3);
  ready(*host.spawned[2]);
  wait(Milliseconds{100});
  CHECK(threads() == 3);
  CHECK_FALSE(request());
  wait(Milliseconds{100});
  CHECK(host.spawned.size() == 3);
}

TEST_CASE_FIXTURE(ScalingFixture,
                  "W07 work that is taken within a moment needs no thread; the next that waits is told of again") {
  open({http(1, 2)});
  all_ready();
  CHECK(request());
  serve();
  wait(Milliseconds{100});
  CHECK(threads() == 1);
  CHECK(request());
  wait(Milliseconds{5});
  CHECK(threads() == 2);
}

TEST_CASE_FIXTURE(ScalingFixture, "W07 without maxThreads nobody is told and nothing grows") {
  open({http(2, 2)});
  all_ready();
  CHECK_FALSE(request());
  wait(Milliseconds{1000});
  CHECK(threads() == 2);
}

TEST_CASE_FIXTURE(ScalingFixture,
                  "W07 what has idled for five seconds ends, down to num; then the pool may grow again") {
  open({http(1, 3)});
  all_ready();
  request();
  request();
  wait(Milliseconds{5});
  ready(*host.spawned[1]);
  wait(Milliseconds{5});
  ready(*host.spawned[2]);
  serve();
  serve();
  Instance& busy = *host.spawned[0];
  Instance& idle = *host.spawned[1];
  busy.begin_request(nullptr);
  wait(Milliseconds{4'900});
  CHECK(threads() == 3);
  wait(Milliseconds{1'200});
  CHECK(threads() == 1);
  CHECK(busy.state == InstanceState::ready);
  thread_leaves(idle);
  thread_leaves(*host.spawned[2]);
  CHECK_FALSE(supervisor.next_due().has_value());
  wait(Milliseconds{60'000});
  CHECK(threads() == 1);

  CHECK(request());
  wait(Milliseconds{5});
  REQUIRE(host.spawned.size() == 4);
  CHECK(host.spawned[3]->index() == 1);
}

TEST_CASE_FIXTURE(ScalingFixture,
                  "W07 an instance beyond num that does not boot goes, those that are declared are tried for ever") {
  open({http(1, 2)});
  all_ready();
  request();
  wait(Milliseconds{5});
  Instance& added = *host.spawned[1];
  for (int attempt = 1; attempt <= 6; attempt++) {
    REQUIRE(has_order(added));
    crash(added);
    wait(Milliseconds{1000});
  }
  CHECK_FALSE(has_order(added));
  CHECK(host.spawned[0]->state == InstanceState::ready);
}

TEST_CASE_FIXTURE(ScalingFixture, "W07 one that took a request as it was given back has all the time it needs") {
  open({http(1, 2)});
  all_ready();
  request();
  wait(Milliseconds{5});
  ready(*host.spawned[1]);
  serve();
  wait(Milliseconds{6'000});
  REQUIRE(threads() == 1);
  Instance& given_back = *host.spawned[host.spawned[0]->state == InstanceState::draining ? 0 : 1];
  given_back.begin_request(nullptr);
  wait(Milliseconds{60'000});
  CHECK(host.interrupts == 0);
  SUBCASE("and leaves when it is done") {
    given_back.end_request();
    thread_leaves(given_back);
    wait(Milliseconds{60'000});
    CHECK(host.interrupts == 0);
  }
  SUBCASE("unless its script does not end then") {
    given_back.end_request();
    wait(Milliseconds{6'000});
    CHECK(host.interrupts > 0);
  }
  SUBCASE("or its scope is closed") {
    supervisor.close_scope(
        *scope, [](const Failure&) {}, now);
    wait(Milliseconds{30'000});
    CHECK(host.interrupts > 0);
  }
}

TEST_CASE_FIXTURE(ScalingFixture, "W07 a pool that gets no thread asks again each second") {
  open({http(1, 3)});
  all_ready();
  events();
  host.refuses = true;
  CHECK(request());
  wait(Milliseconds{3'900});
  CHECK(events() == std::vector<std::string>(4, "failed"));
  std::size_t known = 0;
  supervisor.each_instance([&](const Instance&, std::uint32_t, const LastError&) { known++; });
  CHECK(known == 1);
  CHECK(threads() == 1);
  host.refuses = false;
  wait(Milliseconds{1'000});
  REQUIRE(threads() == 2);
  CHECK(host.spawned[1]->index() == 1);
}

TEST_CASE_FIXTURE(ScalingFixture, "W07 so do classic threads") {
  RuntimeOptions options;
  options.threads = 1;
  options.max_threads = 3;
  Supervisor other(host, gate, options);
  other.start_classic(now);
  Pool& classic = other.classic_pool();
  other.on_ready(*host.spawned[0], now);
  scope = std::make_unique<Scope>(0, ScopeOptions{}, port);
  classic.queue().push(std::make_shared<Exchange>(*scope, port, 1, ""));
  host.refuses = true;
  other.on_work_waiting(classic, now);
  for (int step = 0; step < 600; step++) other.run_due(now += Milliseconds{5});
  CHECK(host.told.size() == 3);
  host.refuses = false;
  for (int step = 0; step < 200; step++) other.run_due(now += Milliseconds{5});
  CHECK(host.spawned.size() == 2);
}

TEST_CASE_FIXTURE(ScalingFixture, "W07 classic threads grow from threads to maxThreads") {
  RuntimeOptions options;
  options.threads = 1;
  options.max_threads = 2;
  Supervisor other(host, gate, options);
  other.start_classic(now);
  Pool& classic = other.classic_pool();
  CHECK(classic.may_grow.load());
  other.on_ready(*host.spawned[0], now);
  scope = std::make_unique<Scope>(0, ScopeOptions{}, port);
  classic.queue().push(std::make_shared<Exchange>(*scope, port, 1, ""));
  CHECK(classic.must_tell_of_work());
  other.on_work_waiting(classic, now);
  other.run_due(now + Milliseconds{5});
  CHECK(host.spawned.size() == 2);
  CHECK_FALSE(classic.may_grow.load());
}

TEST_CASE_FIXTURE(ScalingFixture, "W07 a restart brings what has been added to the new code as well") {
  open({http(1, 2)});
  all_ready();
  request();
  wait(Milliseconds{5});
  ready(*host.spawned[1]);
  serve();
  std::optional<Failure> answer;
  supervisor.restart(
      *scope, {}, [&](const Failure& failure) { answer = failure; }, now);
  for (Instance* each : std::vector(host.spawned)) {
    CHECK(each->state == InstanceState::draining);
    supervisor.on_run_ended(*each, {.reached_ready = true}, now);
    ready(*each);
    CHECK(each->generation == 2);
  }
  REQUIRE(answer.has_value());
  CHECK_FALSE(*answer);
}

TEST_CASE_FIXTURE(ScalingFixture, "W07 a pool that grows and is closed leaves no timer and no thread behind") {
  open({http(1, 3)});
  all_ready();
  request();
  wait(Milliseconds{5});
  ready(*host.spawned[1]);
  bool closed = false;
  supervisor.close_scope(
      *scope, [&](const Failure&) { closed = true; }, now);
  for (Instance* each : std::vector(host.spawned)) {
    supervisor.on_run_ended(*each, {.reached_ready = true}, now);
    CHECK_FALSE(has_order(*each));
    supervisor.on_thread_ended(*each, now);
  }
  CHECK(closed);
  CHECK_FALSE(supervisor.next_due().has_value());
}

TEST_CASE_FIXTURE(ScalingFixture,
                  "C04 maxThreads of a named background worker caps its pool, of a catch-all its names") {
  WorkerOptions named = background("a", 1);
  named.max_threads = 3;
  WorkerOptions catch_all = background("");
  catch_all.max_threads = 8;
  open({named, catch_all});
  demand({"x"}, Want::started);
  std::vector<std::uint32_t> most;
  supervisor.each_pool([&](const Pool&, const Supervisor::Extent& extent) { most.push_back(extent.most); });
  CHECK(most == std::vector<std::uint32_t>{3, 1});
}

TEST_CASE_FIXTURE(ScalingFixture, "C04 a background worker's pool grows while tasks wait, and keeps who has one") {
  WorkerOptions worker = background("a", 1);
  worker.max_threads = 2;
  worker.task_queue = 2;
  open({worker});
  TaskQueue& queue = scope->task_queue("a");
  CHECK(queue.scales.load() == &pool());
  const auto first = host.spawned[0]->next_run();
  supervisor.on_ready(*host.spawned[0], now);
  const TaskRef long_task = Task::create({});
  queue.offer(long_task);
  CHECK(queue.receive(*first->stop_pipe));
  CHECK_FALSE(pool().must_tell_of_work());
  const TaskRef waiting = Task::create({});
  queue.offer(waiting);
  CHECK(pool().must_tell_of_work());
  supervisor.on_work_waiting(pool(), now);
  wait(Milliseconds{5});
  CHECK(threads() == 2);
  ready(*host.spawned[1]);
  wait(Milliseconds{10'000});
  CHECK(threads() == 2);  // while a task waits, nobody goes
  waiting->cancel();
  wait(Milliseconds{2'000});
  CHECK(threads() == 1);
  CHECK(host.spawned[0]->state == InstanceState::ready);
  thread_leaves(*host.spawned[1]);
}

TEST_CASE_FIXTURE(Fixture, "C06 a scope without background workers uses the global ones, one with any does not") {
  ScopeOptions shared;
  shared.workers = {background("a"), background("eager", 1)};
  Scope global(0, shared, port);
  supervisor.create_scope(
      global, [](const Failure&) {}, now);
  supervisor.on_ready(*host.spawned[0], now);
  const auto make = [&](std::uint32_t id, std::vector<WorkerOptions> workers) {
    ScopeOptions options;
    options.name = "app" + std::to_string(id);
    options.workers = std::move(workers);
    options.js_vars = {"flags"};
    return std::make_unique<Scope>(id, options, port, &global);
  };
  scope = make(1, {});
  const auto first = demand({"a", "eager"}, Want::ready);
  REQUIRE(host.spawned.size() == 2);
  CHECK(host.spawned[1]->pool().scope() == &global);
  supervisor.on_ready(*host.spawned[1], now);
  CHECK(first->has_value());
  CHECK(scope->find_slot("a") == global.find_slot("a"));
  CHECK(&scope->slot("flags") != global.find_slot("flags"));  // what JavaScript publishes is the scope's own
  std::unique_ptr<Scope> other = make(2, {});
  other.swap(scope);
  const auto second = demand({"a"}, Want::ready);
  CHECK(second->has_value());  // the same one
  CHECK(host.spawned.size() == 2);

  std::unique_ptr<Scope> isolated = make(3, {background("b")});
  isolated.swap(scope);
  const auto third = demand({"a"}, Want::ready);
  REQUIRE(third->has_value());
  CHECK((*third)->code == FailureCode::unknown_worker);
}

TEST_CASE_FIXTURE(Fixture, "C06 a global worker that does not boot is told to whoever waits for it, in any scope") {
  ScopeOptions shared;
  shared.workers = {background("a")};
  Scope global(0, shared, port);
  supervisor.create_scope(
      global, [](const Failure&) {}, now);
  scope = std::make_unique<Scope>(1, ScopeOptions{}, port, &global);
  const auto answer = demand({"a"}, Want::ready, Milliseconds{60'000});
  for (int attempt = 1; attempt <= 6; attempt++) {
    crash(*host.spawned[0]);
    pass(Milliseconds{1000});
  }
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::boot_failed);
}
