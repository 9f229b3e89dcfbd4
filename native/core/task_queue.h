// The queue in front of whoever serves the tasks of one name of one scope: a pool of background workers, or JavaScript.
// Made once per name and never freed, as slots are, so that anybody may keep a pointer to one; it is open while there
// is a pool (or a handler) to take from it.
//
//   offer ──► [ waiting, accepted: at most `places` │ waiting for a place … ] ──► receive ──► held by a listener
//
// Senders get their places in the order they came. Those who receive are listeners: told when tasks wait that they may
// not know of, once until they have heard it, so that a burst of tasks is one wake-up; whoever takes a task while
// others remain is told again. Losers of the race find nothing, which costs them one look.
//
// Every task that is offered gets its end: what a listener holds when it leaves fails, and so does what waits when the
// queue is closed, or when the last listener leaves without having taken a single one (it would do so for ever).
//
// `mutex_` guards everything here; nothing is locked, and nobody told, while it is held.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/failure.h"
#include "core/task.h"
#include "core/timers.h"

namespace sidekick::core {

class Pool;

// One who receives tasks: a run of a background worker, or a handler in JavaScript.
class TaskListener {
 public:
  TaskListener() = default;
  virtual ~TaskListener() = default;
  TaskListener(const TaskListener&) = delete;
  TaskListener& operator=(const TaskListener&) = delete;

  // Any thread. Tasks wait: wake() follows, unless an earlier one has not been heard yet.
  void tell() {
    if (!told_.exchange(true, std::memory_order_acq_rel)) wake();
  }
  // The listener's own thread: it has the wake-up, and looks at the queue next.
  void heard() { told_.exchange(false, std::memory_order_acq_rel); }
  // With the queue's mutex held: heard() comes before a look at the queue, so who looks after this is told.
  bool told() const { return told_.load(std::memory_order_acquire); }

 protected:
  virtual void wake() = 0;  // any thread; must not block

 private:
  friend class TaskQueue;

  std::atomic<bool> told_{false};
  std::uint64_t received_ = 0;  // the queue's, under its mutex
};

// For status and metrics.
struct TaskNumbers {
  std::size_t waiting = 0;     // accepted, and not received yet
  std::size_t unaccepted = 0;  // whose senders wait for a place
  std::size_t running = 0;     // received, and not ended
  // Since the name was first used:
  std::uint64_t completed = 0;
  std::uint64_t aborted = 0;    // ended otherwise
  std::uint64_t abandoned = 0;  // whose sender left first
  std::uint64_t timed_out = 0;  // that found no place in time
};

class TaskQueue {
 public:
  explicit TaskQueue(std::string name);

  const std::string& name() const { return name_; }

  // --- Whoever serves the name: the supervisor, for a pool; JavaScript --------------------------------------------
  // `server` tells one pool of a name from the next: closing is for the one who opened last.
  void open(const void* server, std::size_t places);
  void close(const void* server, const Failure& why);

  void join(std::shared_ptr<TaskListener> listener);
  // Ends what it holds. `excused`: it was asked to leave, and another will come; what waits goes on waiting. Null: a
  // listener that did not come to be.
  void leave(const TaskListener* listener, bool excused);

  // --- Senders ----------------------------------------------------------------------------------------------------
  enum class Offer : std::uint8_t {
    accepted,
    waiting,  // for a place: Task::accepted() will tell
    closed,   // nobody serves the name
    over,     // the task was cancelled, or ended, before
  };
  Offer offer(const TaskRef& task);
  Failure no_place() const;  // what a sender is told that waited in vain
  // Fails those that wait for a place and whose deadline has passed; returns the next deadline.
  std::optional<TimePoint> expire(TimePoint now);

  // --- Listeners --------------------------------------------------------------------------------------------------
  // Never waits; null: there is none.
  TaskRef receive(TaskListener& listener);

  bool lacks_listener() const;  // tasks wait, and nobody is there to be told
  // Tasks wait, and this one was told of them but has not taken any yet.
  bool awaits(const TaskListener& listener) const;
  // A hint, without the lock: whether anybody is.
  bool is_listened_to() const { return listened_to_.load(std::memory_order_relaxed); }
  TaskNumbers numbers() const;
  bool is_held_by(const TaskListener& listener) const;  // whether it has received a task that has not ended

  // The pool that serves the name and may grow while tasks wait (Pool::must_tell_of_work); null: none may.
  std::atomic<Pool*> scales{nullptr};

 private:
  friend class Task;

  void withdraw(Task& task);                // its sender has left
  void let_go(Task& task, bool completed);  // it has ended
  bool remove(Task& task);                  // from waiting_; true: the one behind has a place now
  TaskRef next_accepted() const;            // after one was taken out: the one whose place that is
  void link(Task& task, const TaskListener& holder);
  void unlink(Task& task);
  std::vector<std::shared_ptr<TaskListener>> untold() const;

  const std::string name_;
  mutable std::mutex mutex_;
  const void* server_ = nullptr;  // null: closed
  std::size_t places_ = 1;
  std::deque<TaskRef> waiting_;  // the first `places_` of them are accepted
  Task* held_ = nullptr;         // a list; each holds a reference
  std::vector<std::shared_ptr<TaskListener>> listeners_;
  std::atomic<bool> listened_to_{false};
  TaskNumbers numbers_;  // the sums
};

}  // namespace sidekick::core
