// Scripts that run once: threads on demand, a line when all are busy, aborts, the end of the runtime.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "supervisor_fixture.h"

using namespace sidekick::core;
using namespace sidekick::core::test;

namespace {

struct Scripts : Fixture {
  std::uint32_t operations = 0;

  std::shared_ptr<ScriptRun> run() {
    auto script = std::make_shared<ScriptRun>(ScriptOptions{.file = "/a.php", .args = {"a.php"}, .env = {}, .cwd = "/"},
                                              port, ++operations);
    supervisor.run_script(script, now);
    return script;
  }

  // The thread takes its order, carries it out and reports.
  std::uint32_t finish(Instance& instance) {
    const auto order = instance.next_run();
    REQUIRE(order.has_value());
    REQUIRE(order->script != nullptr);
    order->script->finish(0);
    supervisor.on_run_ended(instance, {}, now);
    return order->script->operation();
  }

  struct Answer {
    std::uint32_t operation;
    FailureCode code;
  };
  std::vector<Answer> answers() {
    std::vector<Event> drained;
    port->drain(drained);
    std::vector<Answer> found;
    for (const Event& event : drained) {
      if (event.kind == EventKind::done) found.push_back({event.id, FailureCode::none});
      if (event.kind == EventKind::failed) found.push_back({event.id, event.failure->code});
    }
    return found;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Scripts, "J08 scripts take threads as they need them, and wait in line when all are busy") {
  for (int count = 0; count < 3; count++) run();
  REQUIRE(host.spawned.size() == 2);  // as many as RuntimeOptions says
  CHECK(finish(*host.spawned[1]) == 2);
  CHECK(finish(*host.spawned[1]) == 3);
  run();  // goes to the thread that idles
  CHECK(host.spawned.size() == 2);
  CHECK(finish(*host.spawned[1]) == 4);
  CHECK(finish(*host.spawned[0]) == 1);
}

TEST_CASE_FIXTURE(Scripts, "J08 a thread without a script ends after a while, and another takes its place") {
  run();
  finish(*host.spawned[0]);
  pass(Milliseconds{10'000});
  CHECK_FALSE(has_order(*host.spawned[0]));  // told to end
  supervisor.on_thread_ended(*host.spawned[0], now);
  CHECK(supervisor.live_threads() == 0);
  run();
  REQUIRE(host.spawned.size() == 2);
  CHECK(host.spawned[1]->index() == 0);
  CHECK(finish(*host.spawned[1]) == 2);
}

TEST_CASE_FIXTURE(Scripts,
                  "J08 an aborted script is interrupted until it has left, and its thread serves the next one") {
  const auto script = run();
  const auto order = host.spawned[0]->next_run();
  supervisor.abort_script(*script, now);
  CHECK(order->force.stop_requested());
  pass(Milliseconds{50});
  pass(Milliseconds{50});
  CHECK(host.interrupts == 3);
  supervisor.on_run_ended(*host.spawned[0], {.exit_status = 255}, now);
  pass(Milliseconds{100});
  CHECK(host.interrupts == 3);
  run();
  CHECK(finish(*host.spawned[0]) == 2);
}

TEST_CASE_FIXTURE(Scripts, "J08 a script that waits can be aborted; one that cannot be stopped loses its thread") {
  const auto stuck = run();
  run();
  const auto waiting = run();
  const auto last = run();
  supervisor.abort_script(*waiting, now);
  supervisor.abort_script(*stuck, now);
  for (int step = 0; step < 20; step++) pass(Milliseconds{50});
  CHECK(supervisor.abandoned() == 1);
  const auto told = answers();
  REQUIRE(told.size() == 1);
  CHECK(told[0].operation == 1);
  CHECK(told[0].code == FailureCode::stopped);
  REQUIRE(host.spawned.size() == 3);  // in place of the lost one, for who waits
  CHECK(finish(*host.spawned[2]) == last->operation());
}

TEST_CASE_FIXTURE(Scripts, "J08 the end of the runtime refuses who waits, and gives the others the grace") {
  for (int count = 0; count < 3; count++) run();
  supervisor.shut_down(Milliseconds{500}, now);
  const auto told = answers();
  REQUIRE(told.size() == 1);
  CHECK(told[0].operation == 3);
  CHECK(told[0].code == FailureCode::stopped);
  CHECK(finish(*host.spawned[0]) == 1);
  CHECK_FALSE(has_order(*host.spawned[0]));
  pass(Milliseconds{500});
  CHECK(host.interrupts > 0);
  CHECK(run()->operation() == 4);
  CHECK(answers().back().code == FailureCode::stopped);
}

TEST_CASE("J08 a pipe is bounded, in both directions, and rings when there is something to do") {
  int rings = 0;
  BytePipe pipe([&] { rings++; });
  const std::stop_token never;
  SUBCASE("to JavaScript") {
    CHECK(pipe.write("one", never));
    CHECK(pipe.write("two", never));
    CHECK(rings == 1);
    CHECK(pipe.take() == "onetwo");
    pipe.end();
    CHECK(rings == 2);
    CHECK(pipe.is_exhausted());
    std::stop_source source;
    source.request_stop();
    CHECK_FALSE(pipe.write(std::string(BytePipe::kHighWater + 1, 'x'), source.get_token()));
    pipe.close();
    CHECK_FALSE(pipe.write("more", never));
  }
  SUBCASE("from JavaScript") {
    std::string room(BytePipe::kHighWater, '\0');
    CHECK(pipe.offer("small"));
    CHECK_FALSE(pipe.offer(std::string(BytePipe::kHighWater, 'x')));
    CHECK(pipe.read(room.data(), 5, never) == 5);
    CHECK(rings == 0);
    CHECK(pipe.read(room.data(), room.size(), never) == BytePipe::kHighWater);
    CHECK(rings == 1);
    pipe.end();
    CHECK(pipe.is_readable());
    CHECK(pipe.read(room.data(), room.size(), never) == 0);
  }
}
