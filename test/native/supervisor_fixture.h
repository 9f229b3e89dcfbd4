// A supervisor to test: a clock and threads that the test plays.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/supervisor.h"

namespace sidekick::core::test {

// Threads that exist in name only: the test plays their part.
class FakeHost final : public ThreadHost {
 public:
  void spawn(Instance& instance) override {
    if (refuses) throw std::system_error(EAGAIN, std::generic_category());
    spawned.push_back(&instance);
  }
  void interrupt(Instance&, const Interruption& interruption) override {
    interrupts++;
    last_interruption = interruption;
  }
  CacheNumbers restart_cache(RestartReason) override {
    numbers.restarts += refuses_restarts ? 0 : 1;
    return numbers;
  }
  CacheNumbers cache_numbers() override { return numbers; }
  void expect_new_code() override { code_changes++; }
  void tell(LogLevel, std::string message) override { told.push_back(std::move(message)); }

  std::vector<Instance*> spawned;
  bool refuses = false;  // the system gives no thread
  int interrupts = 0;
  Interruption last_interruption;
  int code_changes = 0;
  CacheNumbers numbers;
  bool refuses_restarts = false;
  std::vector<std::string> told;
};

inline WorkerOptions background(std::string name, std::uint32_t num = 0) {
  WorkerOptions worker;
  worker.file = "/app/" + name + ".php";
  worker.name = std::move(name);
  worker.background = true;
  worker.num = num;
  return worker;
}

struct Fixture {
  FakeHost host;
  std::shared_ptr<Port> port = std::make_shared<Port>([] {});
  RestartGate gate;
  Supervisor supervisor{host, gate, RuntimeOptions{}};
  TimePoint now{};
  std::unique_ptr<Scope> scope;
  std::optional<Failure> opened;

  void open(std::vector<WorkerOptions> workers) {
    ScopeOptions options;
    options.name = "app";
    options.workers = std::move(workers);
    scope = std::make_unique<Scope>(0, std::move(options), port);
    supervisor.create_scope(
        *scope, [this](const Failure& failure) { opened = failure; }, now);
  }

  std::shared_ptr<std::optional<Failure>> demand(std::vector<std::string> names, Want want,
                                                 Milliseconds timeout = Milliseconds{1000},
                                                 const Instance* asker = nullptr) {
    auto answer = std::make_shared<std::optional<Failure>>();
    Demand made;
    made.scope = scope.get();
    made.names = std::move(names);
    made.want = want;
    made.asker = asker;
    made.deadline = now + timeout;
    made.reply = [answer](const Failure& failure) { *answer = failure; };
    supervisor.demand(std::move(made), now);
    return answer;
  }

  void pass(Milliseconds time) {
    now += time;
    supervisor.run_due(now);
  }

  void crash(Instance& instance) { supervisor.on_run_ended(instance, {.exit_status = 1}, now); }

  // What a real thread would do with its orders: true when it was told to run.
  static bool has_order(Instance& instance) { return instance.next_run().has_value(); }

  std::vector<std::string> events() {
    std::vector<Event> drained;
    port->drain(drained);
    std::vector<std::string> names;
    for (const Event& event : drained) {
      if (event.kind == EventKind::worker) names.push_back(event.head);
    }
    return names;
  }
};

}  // namespace sidekick::core::test
