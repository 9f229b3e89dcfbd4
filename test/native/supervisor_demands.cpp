// Who waits for which worker, and what they are told.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "supervisor_fixture.h"

using namespace sidekick::core;
using namespace sidekick::core::test;

TEST_CASE_FIXTURE(Fixture, "E02 however many ask for a name, one pool is started") {
  open({background("a")});
  CHECK(host.spawned.empty());
  std::vector<std::shared_ptr<std::optional<Failure>>> answers;
  for (int asker = 0; asker < 16; asker++) answers.push_back(demand({"a"}, Want::ready));
  CHECK(host.spawned.size() == 1);
  supervisor.on_ready(*host.spawned[0], now);
  for (const auto& answer : answers) {
    REQUIRE(answer->has_value());
    CHECK((*answer)->code == FailureCode::none);
  }
}

TEST_CASE_FIXTURE(Fixture, "E05 an unknown name is refused, and nothing of the batch is waited for") {
  open({background("a")});
  const auto answer = demand({"nobody"}, Want::ready);
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::unknown_worker);
  CHECK((*answer)->message == "no background worker configured for name 'nobody'");
}

TEST_CASE_FIXTURE(Fixture, "C04 a catch-all hosts as many names as it may") {
  WorkerOptions catch_all = background("");
  catch_all.max_threads = 2;
  open({catch_all});
  CHECK_FALSE(demand({"a"}, Want::ready)->has_value());
  CHECK_FALSE(demand({"b"}, Want::ready)->has_value());
  CHECK_FALSE(demand({"a"}, Want::ready)->has_value());  // takes no second slot
  const auto refused = demand({"c"}, Want::ready);
  REQUIRE(refused->has_value());
  CHECK((*refused)->message.find("limit of 2 reached") != std::string::npos);
  CHECK(host.spawned.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "E04 a batch shares one deadline, whose failure names what is missing") {
  open({background("a"), background("b")});
  const auto answer = demand({"a", "b"}, Want::ready, Milliseconds{500});
  supervisor.on_ready(*host.spawned[0], now);
  pass(Milliseconds{499});
  CHECK_FALSE(answer->has_value());
  pass(Milliseconds{1});
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::timeout);
  CHECK((*answer)->message.find("'b'") != std::string::npos);
  CHECK((*answer)->message.find("'a'") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "E11 a lazy worker that was given up is free again") {
  open({background("a")});
  const auto answer = demand({"a"}, Want::ready, Milliseconds{60'000});
  Instance& first = *host.spawned[0];
  for (int attempt = 1; attempt <= 6; attempt++) {
    crash(first);
    pass(Milliseconds{1000});
  }
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::boot_failed);
  demand({"a"}, Want::ready);
  CHECK(host.spawned.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "E10 closing a scope releases who waits, with an error") {
  open({background("a")});
  const auto answer = demand({"a"}, Want::published);
  supervisor.close_scope(
      *scope, [](const Failure&) {}, now);
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::stopped);
}

TEST_CASE_FIXTURE(Fixture, "V07 waiting for vars ends with the first publish") {
  open({background("a")});
  const auto answer = demand({"a"}, Want::published);
  supervisor.on_ready(*host.spawned[0], now);
  CHECK_FALSE(answer->has_value());
  Slot& slot = *scope->find_slot("a");
  Slot::Publication(slot).publish(Block::create(16));
  supervisor.on_published(slot, now);
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::none);
}

TEST_CASE_FIXTURE(Fixture, "E09 being excused by startTimeout is not being ready") {
  open({background("slow", 1), background("lazy")});
  demand({"lazy"}, Want::ready, Milliseconds{100'000});
  pass(Milliseconds{30'000});
  CHECK(opened.has_value());
  CHECK_FALSE(demand({"slow"}, Want::ready)->has_value());
  CHECK_FALSE(demand({"lazy"}, Want::ready)->has_value());
}

TEST_CASE_FIXTURE(Fixture, "V17 a circle of pools is one once every instance is in it, whichever way it is looked at") {
  open({background("a", 3), background("b", 2), background("c", 1)});
  const auto& spawned = host.spawned;  // a a a b b c
  REQUIRE(spawned.size() == 6);
  const auto wait = [&](std::size_t instance, const char* name) {
    return demand({name}, Want::published, Milliseconds{1000}, spawned[instance]);
  };
  std::vector<std::shared_ptr<std::optional<Failure>>> waiting;
  waiting.push_back(wait(0, "b"));
  waiting.push_back(wait(1, "b"));
  waiting.push_back(wait(3, "c"));
  waiting.push_back(wait(4, "a"));
  waiting.push_back(wait(5, "b"));
  for (const auto& answer : waiting) CHECK_FALSE(answer->has_value());  // the third of a may publish yet
  const auto last = wait(2, "b");
  REQUIRE(last->has_value());
  CHECK((*last)->code == FailureCode::config);
  CHECK((*last)->message.find("circle: 'a' waits for 'b', which waits for 'c', which waits for 'b'") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "E03 who only starts a worker is told, too, that it gets no thread") {
  open({background("a")});
  host.refuses = true;
  const auto answer = demand({"a"}, Want::started, Milliseconds{0});
  CHECK_FALSE(answer->has_value());
  pass(Milliseconds{0});
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::boot_failed);
}

TEST_CASE_FIXTURE(Fixture, "C04 a name that is started anew while its last thread still leaves takes one place") {
  WorkerOptions catch_all = background("");
  catch_all.max_threads = 1;
  catch_all.max_consecutive_failures = 1;
  open({catch_all});
  demand({"a"}, Want::ready);
  crash(*host.spawned[0]);
  CHECK_FALSE(demand({"a"}, Want::ready)->has_value());
  CHECK(host.spawned.size() == 2);
  const auto refused = demand({"b"}, Want::ready);
  REQUIRE(refused->has_value());
  CHECK((*refused)->message.find("limit of 1 reached") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "E01 a pool is ready when the first of its instances is") {
  open({background("a", 3), background("lazy")});
  const auto answer = demand({"a"}, Want::ready);
  CHECK_FALSE(answer->has_value());
  supervisor.on_ready(*host.spawned[2], now);
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::none);
}

TEST_CASE_FIXTURE(Fixture, "E11 a name that got no thread is free again") {
  open({background("a")});
  host.refuses = true;
  const auto refused = demand({"a"}, Want::ready);
  pass(Milliseconds{0});
  REQUIRE(refused->has_value());
  CHECK((*refused)->code == FailureCode::boot_failed);
  host.refuses = false;
  const auto answer = demand({"a"}, Want::ready);
  REQUIRE(host.spawned.size() == 1);
  supervisor.on_ready(*host.spawned[0], now);
  REQUIRE(answer->has_value());
  CHECK((*answer)->code == FailureCode::none);
}

TEST_CASE_FIXTURE(Fixture, "E07 a hasty waiter is told of the first failure, a patient one of the last") {
  open({background("a")});
  Demand hasty;
  hasty.scope = scope.get();
  hasty.names = {"a"};
  hasty.fail_fast = true;
  std::optional<Failure> told;
  hasty.reply = [&](const Failure& failure) { told = failure; };
  const auto patient = demand({"a"}, Want::ready, Milliseconds{60'000});
  supervisor.demand(std::move(hasty), now);
  Instance& a = *host.spawned[0];
  crash(a);
  REQUIRE(told.has_value());
  CHECK(told->attempts == 1);
  for (int attempt = 2; attempt <= 6; attempt++) {
    CHECK_FALSE(patient->has_value());
    crash(a);
    pass(Milliseconds{1000});
  }
  REQUIRE(patient->has_value());
  CHECK((*patient)->attempts == 6);
}

TEST_CASE_FIXTURE(Fixture, "E08 a timeout says of each name what is missing") {
  open({background("runs"), background("crashes"), background("ready")});
  const auto published = demand({"ready", "runs"}, Want::published, Milliseconds{500});
  demand({"crashes"}, Want::started);
  Instance& ready = *host.spawned[0];
  Instance& crashes = *host.spawned[2];
  supervisor.on_ready(ready, now);
  crash(crashes);
  crash(crashes);
  const auto both = demand({"crashes", "runs"}, Want::ready, Milliseconds{50});
  pass(Milliseconds{50});
  REQUIRE(both->has_value());
  CHECK((*both)->message ==
        "timeout waiting for background worker 'crashes', 'runs' to be ready: 'crashes' ended without having called "
        "frankenphp_set_vars() or waited on its handle, and will run again; before, worker 'crashes' "
        "(/app/crashes.php) failed to boot with exit status 1 (attempt 2); 'runs' runs, but has neither called "
        "frankenphp_set_vars() nor waited on its handle");
  pass(Milliseconds{450});
  REQUIRE(published->has_value());
  CHECK((*published)->message ==
        "timeout waiting for background worker 'ready', 'runs' to publish its vars: 'ready' is ready, but has not "
        "called frankenphp_set_vars(); 'runs' runs, but has neither called frankenphp_set_vars() nor waited on its "
        "handle");
}

TEST_CASE_FIXTURE(Fixture, "E11 a name that is given up and started again for ever does not add up") {
  WorkerOptions worker = background("a");
  worker.max_consecutive_failures = 1;
  open({worker});
  std::set<const Pool*> pools;
  for (int round = 0; round < 10; round++) {
    demand({"a"}, Want::ready);
    Instance& instance = *host.spawned.back();
    pools.insert(&instance.pool());
    crash(instance);
    supervisor.on_thread_ended(instance, now);
  }
  CHECK(host.spawned.size() == 10);
  CHECK(pools.size() == 1);
}
