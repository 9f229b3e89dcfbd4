// Tasks and their queue, without a supervisor: the test plays senders and receivers.
#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/options.h"
#include "core/stop_pipe.h"
#include "core/task_queue.h"

using namespace sidekick::core;

namespace {

BlockRef block(int value) {
  BlockRef made = Block::create(sizeof value);
  std::memcpy(made->payload(), &value, sizeof value);
  return made;
}

int value_of(const BlockRef& made) {
  int value = 0;
  std::memcpy(&value, made->payload(), sizeof value);
  return value;
}

bool is_readable(int descriptor) {
  pollfd poll{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&poll, 1, 0) == 1;
}

class Listener final : public TaskListener {
 public:
  std::atomic<int> wakes{0};

 protected:
  void wake() override { wakes++; }
};

struct Fixture {
  TaskQueue queue{"mailer"};
  std::shared_ptr<Listener> listener = std::make_shared<Listener>();
  Parking parking = std::make_shared<std::condition_variable>();
  std::stop_source stop;
  std::stop_token leave = stop.get_token();
  int server = 0;

  void serve(std::size_t places) {
    queue.open(&server, places);
    queue.join(listener);
  }
  TaskWait wait(std::optional<Milliseconds> time = std::nullopt) {
    return {parking, leave, time ? std::optional(Clock::now() + *time) : std::nullopt};
  }
  TaskRef offered(int value) {
    TaskRef task = Task::create(block(value));
    queue.offer(task);
    return task;
  }
};

using Kind = Task::Reading::Kind;
using Updated = Task::Updated;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "K02 updates are read in order, then the end, as often as asked") {
  serve(1);
  const TaskRef sent = offered(1);
  const TaskRef received = queue.receive(*listener);
  REQUIRE(received.get() == sent.get());
  CHECK(value_of(received->take_payload()) == 1);
  CHECK(sent->try_read().kind == Kind::nothing);
  for (int each = 0; each < 3; each++) CHECK(received->update(block(each), wait()) == Updated::yes);
  received->complete();
  for (int each = 0; each < 3; each++) CHECK(value_of(sent->read(wait()).update) == each);
  CHECK(sent->read(wait()).kind == Kind::done);
  CHECK(sent->read(wait()).kind == Kind::done);
  CHECK(queue.numbers().completed == 1);
}

TEST_CASE_FIXTURE(Fixture, "K01 a task is accepted when it has a place, in the order of its senders") {
  serve(2);
  CHECK(offered(1)->accepted());
  CHECK(offered(2)->accepted());
  const TaskRef third = offered(3);
  const TaskRef fourth = offered(4);
  CHECK_FALSE(third->accepted());
  CHECK(queue.numbers().waiting == 2);
  CHECK(queue.numbers().unaccepted == 2);
  std::thread sender([&] { CHECK_FALSE(third->await_acceptance(wait())); });
  CHECK(value_of(queue.receive(*listener)->take_payload()) == 1);
  sender.join();
  CHECK(third->accepted());
  CHECK_FALSE(fourth->accepted());
}

TEST_CASE_FIXTURE(Fixture, "K01 a sender that waits for a place is told when its time is over") {
  serve(1);
  offered(1);
  const TaskRef late = offered(2);
  const Failure failure = late->await_acceptance(wait(Milliseconds{1}));
  CHECK(failure.code == FailureCode::timeout);
  CHECK(failure.message.starts_with("timeout waiting"));
  late->cancel();
  CHECK(queue.numbers().unaccepted == 0);
  CHECK(queue.numbers().timed_out == 1);
}

TEST_CASE_FIXTURE(Fixture, "K01 one that does not wait itself is failed at its deadline") {
  serve(1);
  offered(1);
  const TimePoint now = Clock::now();
  std::vector<TaskRef> late;
  for (int each = 0; each < 3; each++) {
    late.push_back(Task::create(block(each)));
    late.back()->deadline = now + Milliseconds{each};
    queue.offer(late.back());
  }
  CHECK(queue.expire(now + Milliseconds{1}) == now + Milliseconds{2});
  CHECK(late[0]->try_read().kind == Kind::failed);
  CHECK(late[1]->failure().code == FailureCode::timeout);
  CHECK(late[2]->try_read().kind == Kind::nothing);
  CHECK_FALSE(queue.expire(now + Milliseconds{2}));
  CHECK(queue.numbers().unaccepted == 0);
}

TEST_CASE_FIXTURE(Fixture, "K04 the 17th update waits for the reader") {
  serve(1);
  const TaskRef sent = offered(1);
  const TaskRef received = queue.receive(*listener);
  for (int each = 0; each < 16; each++) CHECK(received->try_update(block(each)) == Updated::yes);
  CHECK(received->try_update(block(16)) == Updated::full);
  std::atomic<bool> through{false};
  std::thread receiver([&] {
    CHECK(received->update(block(16), wait()) == Updated::yes);
    through = true;
  });
  CHECK_FALSE(through);
  CHECK(value_of(sent->try_read().update) == 0);
  receiver.join();
  for (int each = 1; each <= 16; each++) CHECK(value_of(sent->try_read().update) == each);
}

TEST_CASE_FIXTURE(Fixture, "K04 the 17th update is released by the sender's leaving, by a drain, by another's end") {
  serve(3);
  enum class How { cancel, drain, fail };
  for (const How how : {How::cancel, How::fail, How::drain}) {
    const TaskRef sent = offered(1);
    const TaskRef received = queue.receive(*listener);
    for (int each = 0; each < 16; each++) received->try_update(block(each));
    Updated updated = Updated::yes;
    std::thread receiver([&] { updated = received->update(block(16), wait()); });
    switch (how) {
      case How::cancel: sent->cancel(); break;
      case How::fail: received->fail(worker_left()); break;
      case How::drain: stop.request_stop(); break;
    }
    receiver.join();
    CHECK(updated == (how == How::cancel ? Updated::cancelled : how == How::fail ? Updated::ended : Updated::full));
  }
}

TEST_CASE_FIXTURE(Fixture, "K05 a sender cancels at any time: waiting, received, ended") {
  serve(1);
  const TaskRef waiting = offered(1);
  const TaskRef behind = offered(2);
  waiting->cancel();
  CHECK(behind->accepted());
  const TaskRef received = queue.receive(*listener);
  CHECK(received.get() == behind.get());
  CHECK_FALSE(received->cancelled());
  behind->cancel();
  behind->cancel();
  CHECK(received->cancelled());
  CHECK(received->update(block(0), wait()) == Updated::cancelled);
  CHECK(value_of(received->take_payload()) == 2);  // for a receiver that has not got to it yet
  received->complete();
  const TaskNumbers numbers = queue.numbers();
  CHECK(numbers.running == 0);
  CHECK(numbers.abandoned == 2);
}

TEST_CASE_FIXTURE(Fixture, "K03 nothing waits: nothing is received, and nobody waits") {
  serve(1);
  CHECK_FALSE(queue.receive(*listener));
}

TEST_CASE_FIXTURE(Fixture, "K06 a burst of tasks is one wake-up; who takes one while others remain is woken again") {
  serve(8);
  for (int each = 0; each < 3; each++) offered(each);
  CHECK(listener->wakes == 1);
  listener->heard();
  CHECK(queue.receive(*listener));
  CHECK(listener->wakes == 2);
  CHECK(queue.receive(*listener));
  CHECK(listener->wakes == 2);  // it has not heard the last one yet
  listener->heard();
  CHECK(queue.receive(*listener));
  CHECK(listener->wakes == 2);  // nothing remains
  offered(4);
  CHECK(listener->wakes == 3);
}

TEST_CASE_FIXTURE(Fixture, "K06 every listener is woken; tasks that were there before it are not lost") {
  queue.open(&server, 2);
  offered(1);
  const auto other = std::make_shared<Listener>();
  queue.join(listener);
  CHECK(listener->wakes == 1);
  queue.join(other);
  CHECK(other->wakes == 1);
  CHECK(queue.receive(*other));
  CHECK_FALSE(queue.receive(*listener));
}

TEST_CASE_FIXTURE(Fixture, "K06 the handle's pipe holds one line per wake-up, then its end") {
  const auto pipe = std::make_shared<StopPipe>();
  queue.open(&server, 8);
  queue.join(pipe);
  for (int each = 0; each < 3; each++) offered(each);
  char text[64];
  CHECK(std::string(text, static_cast<std::size_t>(read(pipe->read_end(), text, sizeof text))) == "task\n");
  pipe->heard();
  CHECK_FALSE(is_readable(pipe->read_end()));
  offered(4);
  pipe->signal_stop();
  pipe->heard();
  offered(5);  // nobody is told after the end
  CHECK(std::string(text, static_cast<std::size_t>(read(pipe->read_end(), text, sizeof text))) == "task\n");
  CHECK(read(pipe->read_end(), text, sizeof text) == 0);
}

TEST_CASE_FIXTURE(Fixture, "K02 descriptors show what can be read, and when the other side has left") {
  serve(1);
  const TaskRef sent = offered(1);
  const TaskRef received = queue.receive(*listener);
  const int to_read = sent->sender_descriptor();
  const int to_leave = received->receiver_descriptor();
  CHECK(sent->sender_descriptor() == to_read);
  CHECK_FALSE(is_readable(to_read));
  received->try_update(block(1));
  received->try_update(block(2));
  CHECK(is_readable(to_read));
  sent->try_read();
  CHECK(is_readable(to_read));
  sent->try_read();
  CHECK_FALSE(is_readable(to_read));
  received->try_update(block(3));
  CHECK(is_readable(to_read));
  CHECK_FALSE(is_readable(to_leave));
  sent->cancel();
  CHECK(is_readable(to_leave));
}

TEST_CASE_FIXTURE(Fixture, "K07 what a listener holds when it leaves fails; the rest waits for the next") {
  serve(2);
  const TaskRef held = offered(1);
  const TaskRef waiting = offered(2);
  const TaskRef received = queue.receive(*listener);
  received->try_update(block(7));
  queue.leave(listener.get(), false);
  CHECK(value_of(held->try_read().update) == 7);
  CHECK(held->try_read().kind == Kind::failed);
  CHECK(held->failure().message == "background worker exited without completing the task");
  CHECK(waiting->try_read().kind == Kind::nothing);
  CHECK(received->try_update(block(8)) == Updated::ended);
  received->complete();  // too late
  CHECK(held->try_read().kind == Kind::failed);
  const auto next = std::make_shared<Listener>();
  queue.join(next);
  CHECK(next->wakes == 1);
  CHECK(queue.receive(*next));
}

TEST_CASE_FIXTURE(Fixture, "K07 a last listener that leaves without having taken a task leaves none waiting") {
  serve(2);
  const TaskRef waiting = offered(1);
  SUBCASE("unless it was asked to leave") {
    queue.leave(listener.get(), true);
    CHECK(waiting->try_read().kind == Kind::nothing);
  }
  SUBCASE("unless others are there, who are told") {
    const auto other = std::make_shared<Listener>();
    queue.join(other);
    other->heard();
    queue.leave(listener.get(), false);
    CHECK(waiting->try_read().kind == Kind::nothing);
    CHECK(other->wakes == 2);
  }
  SUBCASE("by failing them") {
    queue.leave(listener.get(), false);
    CHECK(waiting->try_read().kind == Kind::failed);
    CHECK(waiting->failure().code == FailureCode::task_aborted);
  }
}

TEST_CASE_FIXTURE(Fixture, "K09 closing releases those whose tasks wait, and those who wait for a place") {
  serve(1);
  const TaskRef accepted = offered(1);
  const TaskRef unaccepted = offered(2);
  Failure told;
  std::thread sender([&] { told = unaccepted->await_acceptance(wait()); });
  Kind read = Kind::nothing;
  std::thread reader([&] {
    const Parking own = std::make_shared<std::condition_variable>();
    read = accepted->read({own, leave}).kind;
  });
  int successor = 0;
  queue.close(&successor, {.code = FailureCode::stopped, .message = "closed"});  // not its to close
  CHECK(accepted->try_read().kind == Kind::nothing);
  queue.close(&server, {.code = FailureCode::stopped, .message = "closed"});
  sender.join();
  reader.join();
  CHECK(told.code == FailureCode::stopped);
  CHECK(read == Kind::failed);
  CHECK(queue.offer(Task::create(block(3))) == TaskQueue::Offer::closed);
}

TEST_CASE_FIXTURE(Fixture, "a task that was cancelled before it was offered is not") {
  serve(1);
  const TaskRef task = Task::create(block(1));
  task->cancel();
  CHECK(queue.offer(task) == TaskQueue::Offer::over);
  CHECK_FALSE(queue.receive(*listener));
}

TEST_CASE_FIXTURE(Fixture, "a port is told once of what has changed since it was looked at") {
  serve(1);
  const auto port = std::make_shared<Port>([] {});
  const TaskRef sent = offered(1);
  sent->watch_as_sender(port, 7);
  const TaskRef received = queue.receive(*listener);
  received->watch_as_receiver(port, 8);
  const auto ids = [&] {
    std::vector<Event> events;
    port->drain(events);
    std::vector<std::uint32_t> told;
    for (const Event& event : events) told.push_back(event.id);
    return told;
  };
  received->try_update(block(1));
  received->try_update(block(2));
  CHECK(ids() == std::vector<std::uint32_t>{7});
  while (sent->try_read().kind == Kind::update) {
  }
  for (int each = 0; each < 17; each++) received->try_update(block(each));
  CHECK(ids() == std::vector<std::uint32_t>{7});
  sent->try_read();
  CHECK(ids() == std::vector<std::uint32_t>{8});  // there is room
  received->try_update(block(17));
  sent->cancel();
  CHECK(ids() == std::vector<std::uint32_t>{7, 8});
}

TEST_CASE("K09 any order of sends, cancels, updates, crashes and closings: every sender has its end, nothing is left") {
  TaskQueue queue("chaos");
  int server = 0;
  queue.open(&server, 3);
  constexpr int kSenders = 3;
  constexpr int kTasks = 2000;
  std::atomic<int> ends{0};
  std::atomic<int> senders{kSenders};
  std::stop_source never;
  const std::stop_token leave = never.get_token();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kSenders; thread++) {
    threads.emplace_back([&, thread] {
      const Parking parking = std::make_shared<std::condition_variable>();
      std::minstd_rand random(static_cast<unsigned>(thread) + 1);
      for (int each = 0; each < kTasks; each++) {
        const TaskRef task = Task::create(block(each));
        if (random() % 8 == 0) task->sender_descriptor();
        const TaskQueue::Offer offer = queue.offer(task);
        const bool impatient = random() % 16 == 0;
        if (offer == TaskQueue::Offer::waiting) {
          if (task->await_acceptance(
                  {parking, leave,
                   impatient ? std::optional(Clock::now() + std::chrono::microseconds{20}) : std::nullopt})) {
            task->cancel();
          }
        }
        if (random() % 8 == 0) {
          task->cancel();
        } else if (offer != TaskQueue::Offer::closed && !task->cancelled()) {
          while (task->read({parking, leave}).kind == Kind::update) {
          }
        }
        task->cancel();
        ends++;
      }
      senders--;
    });
  }
  for (int thread = 0; thread < 2; thread++) {
    threads.emplace_back([&, thread] {
      const Parking parking = std::make_shared<std::condition_variable>();
      std::minstd_rand random(static_cast<unsigned>(thread) + 100);
      auto listener = std::make_shared<Listener>();
      queue.join(listener);
      while (senders > 0) {
        listener->heard();
        const TaskRef task = queue.receive(*listener);
        if (!task) {
          std::this_thread::yield();
          continue;
        }
        for (auto updates = random() % 20; updates > 0; updates--) task->update(block(1), {parking, leave});
        if (random() % 8 == 0) {  // it crashes, and runs again
          queue.leave(listener.get(), false);
          listener = std::make_shared<Listener>();
          queue.join(listener);
        } else {
          task->complete();
        }
      }
      queue.leave(listener.get(), false);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(ends == kSenders * kTasks);
  const TaskNumbers numbers = queue.numbers();
  CHECK(numbers.waiting + numbers.unaccepted + numbers.running == 0);
  CHECK(numbers.completed + numbers.aborted + numbers.abandoned + numbers.timed_out == kSenders * kTasks);
}
