// What the life of a worker means for its tasks.
#include <doctest/doctest.h>

#include "supervisor_fixture.h"

using namespace sidekick::core;
using namespace sidekick::core::test;

namespace {

using Kind = Task::Reading::Kind;
using Offer = TaskQueue::Offer;

struct TaskFixture : Fixture {
  TaskQueue& queue(const std::string& name) { return scope->task_queue(name); }
  TaskRef send(const std::string& name) {
    TaskRef task = Task::create({});
    CHECK(queue(name).offer(task) != Offer::closed);
    return task;
  }
  Run run(std::size_t instance) { return *host.spawned[instance]->next_run(); }
};

}  // namespace

TEST_CASE_FIXTURE(TaskFixture, "K01 a worker's queue is open as soon as it was started") {
  open({background("mailer")});
  CHECK(scope->find_task_queue("mailer") == nullptr);
  CHECK_FALSE(**demand({"mailer"}, Want::started));
  CHECK(send("mailer")->accepted());
  CHECK(host.spawned.size() == 1);
}

TEST_CASE_FIXTURE(TaskFixture, "K01 taskQueue is the number of places") {
  WorkerOptions worker = background("mailer", 1);
  worker.task_queue = 2;
  open({worker});
  send("mailer");
  CHECK(send("mailer")->accepted());
  CHECK_FALSE(send("mailer")->accepted());
}

TEST_CASE_FIXTURE(TaskFixture, "K07 a run that ends takes its tasks with it, and the others wait for the next run") {
  WorkerOptions worker = background("mailer", 1);
  worker.task_queue = 2;
  open({worker});
  const TaskRef first = send("mailer");
  const TaskRef second = send("mailer");
  const Run run_ = run(0);
  CHECK(queue("mailer").receive(*run_.stop_pipe));
  crash(*host.spawned[0]);
  CHECK(first->try_read().kind == Kind::failed);
  CHECK(second->try_read().kind == Kind::nothing);
  pass(Milliseconds{200});
  const Run next = run(0);
  CHECK(next.stop_pipe->told());
  CHECK(queue("mailer").receive(*next.stop_pipe).get() == second.get());
}

TEST_CASE_FIXTURE(TaskFixture, "K07 a worker that ends before it took a task fails those that wait") {
  open({background("mailer", 1)});
  const TaskRef task = send("mailer");
  SUBCASE("by a crash") { crash(*host.spawned[0]); }
  SUBCASE("by an exit") { supervisor.on_run_ended(*host.spawned[0], {.exit_status = 0, .reached_ready = true}, now); }
  CHECK(task->failure().code == FailureCode::task_aborted);
}

TEST_CASE_FIXTURE(TaskFixture, "K07 an abandoned instance's tasks fail, and so does what it says of them later") {
  open({background("mailer", 1)});
  const TaskRef task = send("mailer");
  const Run run_ = run(0);
  const TaskRef received = queue("mailer").receive(*run_.stop_pipe);
  supervisor.shut_down(Milliseconds{0}, now);
  CHECK(task->try_read().kind == Kind::nothing);
  for (int step = 0; step < 100; step++) pass(Milliseconds{50});
  CHECK(supervisor.abandoned() == 1);
  CHECK(task->try_read().kind == Kind::failed);
  received->complete();
  CHECK(task->try_read().kind == Kind::failed);
}

TEST_CASE_FIXTURE(TaskFixture, "K09 giving up fails what waits, and the next demand opens the queue anew") {
  open({background("mailer")});
  demand({"mailer"}, Want::started);
  for (int attempt = 0; attempt < 5; attempt++) {
    crash(*host.spawned[0]);
    pass(Milliseconds{1000});
  }
  const TaskRef task = send("mailer");
  crash(*host.spawned[0]);
  CHECK(task->try_read().kind == Kind::failed);
  CHECK(queue("mailer").offer(Task::create({})) == Offer::closed);
  demand({"mailer"}, Want::started);
  CHECK(host.spawned.size() == 2);
  supervisor.on_thread_ended(*host.spawned[0], now);
  CHECK(send("mailer")->accepted());
}

TEST_CASE_FIXTURE(TaskFixture, "K09 closing the scope and shutting down release those who wait") {
  open({background("mailer", 1)});
  const TaskRef held = send("mailer");
  const Run run_ = run(0);
  const TaskRef received = queue("mailer").receive(*run_.stop_pipe);
  const TaskRef waiting = send("mailer");
  SUBCASE("close") {
    supervisor.close_scope(
        *scope, [](const Failure&) {}, now);
  }
  SUBCASE("shut down") { supervisor.shut_down(Milliseconds{1000}, now); }
  CHECK(waiting->failure().code == FailureCode::stopped);
  CHECK(held->try_read().kind == Kind::nothing);  // its instance has its grace
  supervisor.on_run_ended(*host.spawned[0], {}, now);
  CHECK(held->try_read().kind == Kind::failed);
}

TEST_CASE_FIXTURE(TaskFixture, "tasks order a worker to run that opcache's restart holds back") {
  open({background("mailer", 1)});
  supervisor.on_ready(*host.spawned[0], now);
  const Run first = run(0);
  supervisor.restart_cache(RestartReason::memory, now);
  CHECK(first.drain.stop_requested());
  gate.enter(RestartGate::Admission::request);  // a request is inside, and may be the one that waits for the task
  const TaskRef task = send("mailer");
  supervisor.on_run_ended(*host.spawned[0], {.reached_ready = true}, now);
  CHECK(host.numbers.restarts == 0);
  CHECK(task->try_read().kind == Kind::nothing);
  const Run next = run(0);
  CHECK(queue("mailer").receive(*next.stop_pipe).get() == task.get());
}
