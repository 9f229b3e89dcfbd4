// Restarts of opcache as the supervisor decides them: who is asked to leave, who may run, when it is given up.
#include <doctest/doctest.h>

#include "supervisor_fixture.h"

using namespace sidekick::core;
using namespace sidekick::core::test;
using Admission = RestartGate::Admission;
using Phase = RestartPlan::Phase;

namespace {

WorkerOptions http(std::string name, std::uint32_t num) {
  WorkerOptions worker;
  worker.file = "/app/" + name + ".php";
  worker.name = std::move(name);
  worker.num = num;
  return worker;
}

// Plays the threads' part at the gate too.
struct RestartFixture : Fixture {
  void begin_run(Instance& instance) {
    runs.push_back({&instance, instance.next_run()});
    REQUIRE(runs.back().second.has_value());
    gate.enter(Admission::ordered);
  }
  void ready(Instance& instance) {
    begin_run(instance);
    supervisor.on_ready(instance, now);
  }
  bool asked_to_leave(const Instance& instance) const {
    const auto run = std::find_if(runs.begin(), runs.end(), [&](const auto& each) { return each.first == &instance; });
    return run != runs.end() && run->second->drain.stop_requested();
  }
  void end(Instance& instance, RunReport report = {.reached_ready = true}) {
    std::erase_if(runs, [&](const auto& each) { return each.first == &instance; });
    gate.leave();
    supervisor.on_gate_empty(now);
    supervisor.on_run_ended(instance, report, now);
  }
  void want() { supervisor.restart_cache(RestartReason::memory, now); }
  Phase phase() const { return supervisor.restart_plan().phase(); }

  std::vector<std::pair<Instance*, std::optional<Run>>> runs;
};

}  // namespace

TEST_CASE_FIXTURE(RestartFixture,
                  "V13 a restart comes when background workers, then requests and HTTP workers, have left") {
  open({background("a", 1), http("w", 1)});
  Instance& worker = *host.spawned[0];
  Instance& web = *host.spawned[1];
  ready(worker);
  ready(web);
  gate.enter(Admission::request);  // a classic request
  want();
  CHECK(phase() == Phase::leaving);
  CHECK(asked_to_leave(worker));
  CHECK_FALSE(asked_to_leave(web));
  CHECK_FALSE(gate.is_closed());  // requests are served until the workers have left

  end(worker, {.exit_status = 1});  // leaving in anger is no failure
  CHECK(phase() == Phase::closed);
  CHECK(gate.is_closed());
  CHECK(asked_to_leave(web));
  end(web);
  CHECK(host.numbers.restarts == 0);
  CHECK(phase() == Phase::closed);
  gate.leave();
  supervisor.on_gate_empty(now);
  CHECK(host.numbers.restarts == 1);
  CHECK(gate.restarts() == 1);
  CHECK_FALSE(gate.is_closed());
  begin_run(worker);
  begin_run(web);
  CHECK(worker.generation == 2);
  CHECK(web.generation == 2);
  supervisor.each_instance([](const Instance&, std::uint32_t failures, const LastError&) { CHECK(failures == 0); });
  CHECK(host.told.size() == 2);
}

TEST_CASE_FIXTURE(RestartFixture,
                  "V13 a background worker that does not leave costs requests nothing, and is tried later") {
  open({background("a", 1), background("b", 1), http("w", 1)});
  for (Instance* instance : host.spawned) ready(*instance);
  want();
  end(*host.spawned[1]);
  pass(Milliseconds{4999});
  CHECK_FALSE(gate.is_closed());
  CHECK_FALSE(asked_to_leave(*host.spawned[2]));
  pass(Milliseconds{1});
  CHECK(phase() == Phase::idle);
  CHECK(supervisor.restart_plan().waiting());
  CHECK(supervisor.restart_plan().put_off() == 1);
  CHECK(host.told.back().find("worker 'a' did not leave") != std::string::npos);
  begin_run(*host.spawned[1]);  // who had left runs again
  want();                       // opcache asks again and again
  CHECK(phase() == Phase::idle);
  pass(Milliseconds{59'999});
  CHECK(phase() == Phase::idle);
  supervisor.on_ready(*host.spawned[1], now);
  pass(Milliseconds{1});
  CHECK(phase() == Phase::leaving);
  end(*host.spawned[0]);
  end(*host.spawned[1]);
  end(*host.spawned[2]);
  CHECK(host.numbers.restarts == 1);
}

TEST_CASE_FIXTURE(RestartFixture, "V13 a request that does not end, or too many that wait, open the gate again") {
  open({http("w", 1)});
  ready(*host.spawned[0]);
  gate.enter(Admission::request);
  want();
  CHECK(gate.is_closed());
  end(*host.spawned[0]);
  pass(Milliseconds{5000});
  CHECK_FALSE(gate.is_closed());
  CHECK(host.numbers.restarts == 0);
  ready(*host.spawned[0]);
  pass(Milliseconds{60'000});
  CHECK(gate.is_closed());
  supervisor.put_off_restart(now);
  CHECK_FALSE(gate.is_closed());
  CHECK(supervisor.restart_plan().put_off() == 2);
}

TEST_CASE_FIXTURE(RestartFixture,
                  "V13 a script inside that waits for a background worker gets it, then the worker leaves") {
  open({background("a"), background("b", 1)});
  ready(*host.spawned[0]);
  gate.enter(Admission::request);
  want();
  end(*host.spawned[0]);
  CHECK(gate.is_closed());
  const auto lazy = demand({"a"}, Want::ready);
  const auto left = demand({"b"}, Want::published);
  REQUIRE(host.spawned.size() == 2);
  begin_run(*host.spawned[1]);
  begin_run(*host.spawned[0]);  // held, until somebody waited for it
  supervisor.on_ready(*host.spawned[1], now);
  CHECK(lazy->has_value());
  CHECK(asked_to_leave(*host.spawned[1]));
  supervisor.on_ready(*host.spawned[0], now);
  CHECK_FALSE(asked_to_leave(*host.spawned[0]));  // it has not published yet
  pass(Milliseconds{1000});
  CHECK(left->has_value());  // its deadline: nobody waits for it any more
  gate.leave();
  end(*host.spawned[1]);
  CHECK(host.numbers.restarts == 0);
  supervisor.on_published(scope->slot("b"), now);
  CHECK(asked_to_leave(*host.spawned[0]));
  end(*host.spawned[0]);
  CHECK(host.numbers.restarts == 1);
}

TEST_CASE_FIXTURE(RestartFixture, "V13 who boots is not asked to leave before it is ready") {
  open({background("a", 1), http("w", 1)});
  begin_run(*host.spawned[0]);
  begin_run(*host.spawned[1]);
  want();
  CHECK_FALSE(asked_to_leave(*host.spawned[0]));
  supervisor.on_ready(*host.spawned[0], now);
  CHECK(asked_to_leave(*host.spawned[0]));
  end(*host.spawned[0]);
  CHECK_FALSE(asked_to_leave(*host.spawned[1]));
  supervisor.on_ready(*host.spawned[1], now);
  CHECK(asked_to_leave(*host.spawned[1]));
  end(*host.spawned[1]);
  CHECK(host.numbers.restarts == 1);
}

TEST_CASE_FIXTURE(RestartFixture, "V13 shutdown goes before a restart") {
  open({background("a", 1), background("b", 1), http("w", 1)});
  for (Instance* instance : host.spawned) ready(*instance);
  want();
  end(*host.spawned[0]);
  end(*host.spawned[1]);
  CHECK(gate.is_closed());
  supervisor.shut_down(Milliseconds{1000}, now);
  CHECK_FALSE(gate.is_closed());
  CHECK_FALSE(has_order(*host.spawned[0]));  // was held: it ends without another run
  end(*host.spawned[2]);
  for (Instance* instance : host.spawned) supervisor.on_thread_ended(*instance, now);
  CHECK(supervisor.finished());
  CHECK(host.numbers.restarts == 0);
}

TEST_CASE_FIXTURE(RestartFixture, "V13 an engine that does not restart is asked again later") {
  open({background("a", 1)});
  ready(*host.spawned[0]);
  host.refuses_restarts = true;
  want();
  end(*host.spawned[0]);
  CHECK(gate.restarts() == 0);
  CHECK_FALSE(gate.is_closed());
  CHECK(supervisor.restart_plan().put_off() == 1);
  begin_run(*host.spawned[0]);
}

TEST_CASE("V13 with restartTimeout 0 opcache never restarts, and says so once") {
  FakeHost host;
  RestartGate gate;
  RuntimeOptions options;
  options.opcache_restart_timeout = Milliseconds{0};
  Supervisor supervisor(host, gate, options);
  supervisor.restart_cache(RestartReason::files, TimePoint{});
  supervisor.restart_cache(RestartReason::files, TimePoint{});
  REQUIRE(host.told.size() == 1);
  CHECK(host.told[0].find("raise opcache.max_accelerated_files") != std::string::npos);
  CHECK(host.numbers.restarts == 0);
  CHECK_FALSE(supervisor.next_due().has_value());
}

TEST_CASE_FIXTURE(RestartFixture, "V13 nobody waits for a request that has been running for too long already") {
  open({http("w", 1)});
  ready(*host.spawned[0]);
  now += Milliseconds{10'000};
  host.spawned[0]->begin_request(nullptr);
  host.spawned[0]->busy_since.store(now - Milliseconds{5'000});
  want();
  CHECK_FALSE(gate.is_closed());
  CHECK(supervisor.restart_plan().put_off() == 1);
  CHECK(host.told.back().find("a request has run for longer than 5000 ms") != std::string::npos);
  host.spawned[0]->busy_since.store(now);
  pass(Milliseconds{60'000});
  CHECK(supervisor.restart_plan().put_off() == 2);
  host.spawned[0]->end_request();
  pass(Milliseconds{120'000});
  CHECK(gate.is_closed());
}
