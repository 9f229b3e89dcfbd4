#include <doctest/doctest.h>

#include "supervisor_fixture.h"

using namespace sidekick::core;
using namespace sidekick::core::test;

namespace {

struct Serving : Fixture {
  Serving() {
    WorkerOptions worker;
    worker.file = worker.name = "/app/index.php";
    worker.num = 1;
    open({worker});
    REQUIRE(has_order(instance()));
    supervisor.on_ready(instance(), now);
    exchange->begin_service(instance());
  }

  Instance& instance() { return *host.spawned.at(0); }
  void stop() { supervisor.stop_request(exchange, now); }

  std::vector<Event> responses() {
    std::vector<Event> drained;
    port->drain(drained);
    std::erase_if(drained, [](const Event& event) { return event.kind != EventKind::response; });
    return drained;
  }

  std::unique_ptr<Scope> own = std::make_unique<Scope>(1, ScopeOptions{}, port);
  std::shared_ptr<Exchange> exchange = std::make_shared<Exchange>(*own, port, 1, "head");
};

}  // namespace

TEST_CASE_FIXTURE(Serving, "W07 a request that has had its time is pressed until its script has ended, and no longer") {
  const auto token = exchange->force_token();
  stop();
  CHECK(token.stop_requested());
  CHECK(host.interrupts == 1);
  pass(Milliseconds{50});
  CHECK(host.interrupts == 2);
  CHECK(host.last_interruption.attempt == 1);
  supervisor.on_forced_out(instance(), now);  // of the request's script: the run goes on
  for (int step = 0; step < 18; step++) pass(Milliseconds{50});
  CHECK_FALSE(host.last_interruption.everything);
  pass(Milliseconds{50});
  CHECK(host.last_interruption.everything);
  exchange->end_service();
  const int so_far = host.interrupts;
  for (int step = 0; step < 50; step++) pass(Milliseconds{50});
  CHECK(host.interrupts == so_far);
  CHECK(supervisor.abandoned() == 0);
  CHECK(instance().state.load() == InstanceState::ready);
}

TEST_CASE_FIXTURE(Serving, "W07 one that was served before it was to be stopped is left alone") {
  exchange->end_service();
  stop();
  CHECK(host.interrupts == 0);
}

TEST_CASE_FIXTURE(Serving, "W07 a thread that cannot be stopped is abandoned, and another takes its place") {
  stop();
  for (int step = 0; step < 41; step++) pass(Milliseconds{50});
  CHECK(supervisor.abandoned() == 1);
  CHECK(instance().state.load() == InstanceState::abandoned);
  REQUIRE(host.spawned.size() == 2);
  CHECK(has_order(*host.spawned[1]));
  CHECK_FALSE(has_order(instance()));  // should it come back
  exchange->end_service();
  supervisor.on_run_ended(instance(), {.exit_status = 255, .reached_ready = true, .worked = true}, now);
  supervisor.on_thread_ended(instance(), now);
  CHECK(supervisor.abandoned() == 0);
}

TEST_CASE_FIXTURE(Serving, "L04 the client of a request whose thread is abandoned is told, once") {
  instance().begin_request(exchange);
  supervisor.close_scope(
      *scope, [](const Failure&) {}, now);
  pass(Milliseconds{30'000});
  for (int step = 0; step < 20; step++) pass(Milliseconds{50});
  CHECK(supervisor.abandoned() == 1);
  const auto told = responses();
  REQUIRE(told.size() == 1);
  CHECK(told[0].flags == (Event::kLast | Event::kAborted));
  CHECK_FALSE(exchange->send("200", "late", Event::kHasHead, {}));
  exchange->send("", "late", Event::kLast, {});
  instance().end_request();
  CHECK(responses().empty());
}

TEST_CASE_FIXTURE(Serving, "L04 whoever sent the message that an abandoned thread handles is told") {
  const auto message = std::make_shared<Exchange>(*own, port, 2, Block::create(16));
  instance().begin_request(message);
  supervisor.close_scope(
      *scope, [](const Failure&) {}, now);
  pass(Milliseconds{30'000});
  for (int step = 0; step < 20; step++) pass(Milliseconds{50});
  const auto told = responses();
  REQUIRE(told.size() == 1);
  REQUIRE(told[0].failure);
  CHECK(told[0].failure->code == FailureCode::stopped);
}

TEST_CASE_FIXTURE(Serving, "W07 a run that is being ended itself is pressed once, not twice") {
  supervisor.close_scope(
      *scope, [](const Failure&) {}, now);
  pass(Milliseconds{30'000});
  CHECK(host.interrupts == 1);
  stop();
  CHECK(host.interrupts == 1);
}
