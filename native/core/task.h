// A task is a payload on its way to a worker, and what comes back: updates, in order, and an end. Sender and receiver
// are each a PHP thread or a JavaScript environment; this is the one implementation for all four directions.
//
//   sender:   offer ──► accepted ──────────────────────► read … read ──► end (done, or a failure)
//   queue:    waiting for a place ──► waiting ──► held ──┐                ▲
//   receiver:                                 receive ──► update … update ─► complete, or fail
//
// Either side may leave at any time: the sender by cancel(), the receiver by complete() or fail(). What was not read by
// then stays readable for the sender, and is dropped when the sender left.
//
// Payload and updates are snapshots (core/block.h), handed over by reference. A JavaScript side never waits: it is told
// through its port and takes what there is.
//
// Locks: `mutex_` guards everything but `accepted_` and what belongs to the queue; it comes after nothing, and before
// nothing: a TaskQueue's mutex is never held with it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "core/block.h"
#include "core/failure.h"
#include "core/ref.h"
#include "core/task_side.h"

namespace sidekick::core {

class Task;
class TaskListener;
class TaskQueue;
using TaskRef = Ref<Task>;

class Task : public Counted {
 public:
  static constexpr std::size_t kUpdates = 16;  // unread, before update() waits (contract K04)

  // Throws std::bad_alloc.
  static TaskRef create(BlockRef payload);

  // --- The sender's side ------------------------------------------------------------------------------------------

  struct Reading {
    enum class Kind : std::uint8_t {
      update,
      nothing,  // not yet
      done,     // the clean end
      failed,   // failure() says why
    };
    Kind kind = Kind::nothing;
    BlockRef update;  // of kind update
  };

  bool accepted() const { return accepted_.load(std::memory_order_acquire); }
  // Waits until a queue has a place for the task; the failure says why it has none.
  Failure await_acceptance(const TaskWait& wait);
  // The next update, waiting for it; `nothing`: the thread must leave.
  Reading read(const TaskWait& wait);
  Reading try_read();  // does not wait
  Failure failure() const;
  // The sender leaves: nothing is read any more, a task that waits is taken out of its queue.
  void cancel();
  // Readable when an update or the end can be read; -1 with errno: no descriptor is left.
  int sender_descriptor();
  void watch_as_sender(std::shared_ptr<Port> port, std::uint32_t id);
  bool over() const;  // the end is all that can be read

  // --- The receiver's side ----------------------------------------------------------------------------------------

  enum class Updated : std::uint8_t {
    yes,
    full,       // the sender has to read first; waiting did not help: the thread must leave
    cancelled,  // the sender has left
    ended,      // the task is over already
  };

  BlockRef take_payload();  // once
  // Waits while kUpdates updates are unread.
  Updated update(BlockRef update, const TaskWait& wait);
  Updated try_update(BlockRef update);  // does not wait; when it was full, a watching receiver is told of room
  bool cancelled() const;
  // Readable when the sender has left or the task was ended by somebody else.
  int receiver_descriptor();
  void watch_as_receiver(std::shared_ptr<Port> port, std::uint32_t id);
  // The receiver has done it.
  void complete();

  // --- Whoever finds that it will not be done; any thread -----------------------------------------------------------
  void fail(const Failure& failure);

  // When a sender that does not wait itself gives up waiting for a place; set before the task is offered.
  std::optional<TimePoint> deadline;

 private:
  friend TaskRef;
  friend class TaskQueue;

  enum class End : std::uint8_t { open, done, failed };

  explicit Task(BlockRef payload) : payload_(std::move(payload)) {}
  ~Task() = default;
  void destroy() { delete this; }

  // The queue's:
  bool enter(TaskQueue& queue);  // false: the sender has left, or the task was ended, before it could be offered
  void accept();                 // a place is free, after it had to wait for one
  bool begin();                  // it is received; false: the sender has left meanwhile
  void end(End end, const Failure* failure);

  bool readable() const { return unread_ > 0 || end_ != End::open; }
  Reading take(TaskSide::News& news);
  template <typename Ready>
  void wait_until(std::unique_lock<std::mutex>& lock, TaskSide& side, const TaskWait& wait, const Ready& ready);

  mutable std::mutex mutex_;
  BlockRef payload_;
  std::array<BlockRef, kUpdates> updates_;  // a ring
  std::uint32_t first_ = 0;
  std::uint32_t unread_ = 0;
  End end_ = End::open;
  bool sender_left_ = false;
  bool room_wanted_ = false;  // an update found no room
  TaskSide sender_;
  TaskSide receiver_;
  std::unique_ptr<const Failure> failure_;
  TaskQueue* queue_ = nullptr;         // never freed; null until the task is offered
  std::atomic<bool> accepted_{false};  // release, acquire: what the queue did before is done

  // The queue's, under its mutex: where it has the task, and the list of those that were received and not ended.
  enum class Place : std::uint8_t { none, waiting, held };
  Place place_ = Place::none;
  const TaskListener* holder_ = nullptr;
  Task* before_ = nullptr;
  Task* after_ = nullptr;
};

// What a sender reads when nobody will complete its task.
Failure worker_left();

}  // namespace sidekick::core
