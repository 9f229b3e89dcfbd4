#include "core/task.h"

#include <stop_token>
#include <utility>

#include "core/task_queue.h"

namespace sidekick::core {

Failure worker_left() {
  return {.code = FailureCode::task_aborted, .message = "background worker exited without completing the task"};
}

TaskRef Task::create(BlockRef payload) { return TaskRef::adopt(new Task(std::move(payload))); }

// `lock` is held before and after; meanwhile `ready` is asked with it held.
template <typename Ready>
void Task::wait_until(std::unique_lock<std::mutex>& lock, TaskSide& side, const TaskWait& wait, const Ready& ready) {
  if (ready()) return;
  lock.unlock();
  {
    bool left = false;
    // Constructed without the lock: a stop already requested calls it right here. Destroyed without it: its destructor
    // waits for a call under way, which wants it.
    const std::stop_callback on_leave(wait.leave, [&] {
      {
        const std::lock_guard guard(mutex_);
        left = true;
      }
      wait.parking->notify_one();
    });
    lock.lock();
    side.park(wait.parking);
    const auto over = [&] { return left || ready(); };
    if (wait.deadline) {
      wait.parking->wait_until(lock, *wait.deadline, over);
    } else {
      wait.parking->wait(lock, over);
    }
    side.unpark();
    lock.unlock();
  }
  lock.lock();
}

// --- The sender's side ----------------------------------------------------------------------------------------------

Failure Task::await_acceptance(const TaskWait& wait) {
  {
    std::unique_lock lock(mutex_);
    wait_until(lock, sender_, wait, [this] { return accepted() || end_ != End::open; });
    if (accepted()) return {};
    if (failure_) return *failure_;
  }
  if (wait.leave.stop_requested()) return {.code = FailureCode::stopped, .message = "this worker is being stopped"};
  return queue_->no_place();
}

Task::Reading Task::read(const TaskWait& wait) {
  TaskSide::News news;
  Reading reading;
  {
    std::unique_lock lock(mutex_);
    wait_until(lock, sender_, wait, [this] { return readable(); });
    reading = take(news);
  }
  news.tell();
  return reading;
}

Task::Reading Task::try_read() {
  TaskSide::News news;
  Reading reading;
  {
    const std::lock_guard lock(mutex_);
    sender_.look();
    reading = take(news);
  }
  news.tell();
  return reading;
}

Task::Reading Task::take(TaskSide::News& news) {
  Reading reading;
  if (unread_ > 0) {
    reading.kind = Reading::Kind::update;
    reading.update = std::move(updates_[first_]);
    first_ = (first_ + 1) % kUpdates;
    unread_--;
    sender_.show(readable());
    if (std::exchange(room_wanted_, false)) news = receiver_.changed(end_ != End::open);
  } else if (end_ != End::open) {
    reading.kind = end_ == End::done ? Reading::Kind::done : Reading::Kind::failed;
  }
  return reading;
}

Failure Task::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_ ? *failure_ : Failure{};
}

void Task::cancel() {
  // Let go of without the lock. Not so the payload: the task may have been received this very moment.
  std::array<BlockRef, kUpdates> unread;
  TaskSide::News news;
  TaskQueue* queue = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(sender_left_, true)) return;
    unread.swap(updates_);
    unread_ = 0;
    sender_.close();
    if (end_ == End::open) {
      news = receiver_.changed(true);
      queue = queue_;
    }
  }
  if (queue != nullptr) queue->withdraw(*this);
  news.tell();
}

int Task::sender_descriptor() {
  const std::lock_guard lock(mutex_);
  return sender_.descriptor(readable());
}

void Task::watch_as_sender(std::shared_ptr<Port> port, std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  sender_.watch(std::move(port), id);
}

bool Task::over() const {
  const std::lock_guard lock(mutex_);
  return unread_ == 0 && end_ != End::open;
}

// --- The receiver's side --------------------------------------------------------------------------------------------

BlockRef Task::take_payload() {
  const std::lock_guard lock(mutex_);
  return std::move(payload_);
}

Task::Updated Task::update(BlockRef update, const TaskWait& wait) {
  {
    std::unique_lock lock(mutex_);
    wait_until(lock, receiver_, wait, [this] {
      const bool over = unread_ < kUpdates || sender_left_ || end_ != End::open;
      room_wanted_ = !over;
      return over;
    });
  }
  return try_update(std::move(update));
}

Task::Updated Task::try_update(BlockRef update) {
  TaskSide::News news;
  {
    const std::lock_guard lock(mutex_);
    receiver_.look();
    if (end_ != End::open) return Updated::ended;
    if (sender_left_) return Updated::cancelled;
    if (unread_ == kUpdates) {
      room_wanted_ = true;
      return Updated::full;
    }
    updates_[(first_ + unread_) % kUpdates] = std::move(update);
    unread_++;
    news = sender_.changed(true);
  }
  news.tell();
  return Updated::yes;
}

bool Task::cancelled() const {
  const std::lock_guard lock(mutex_);
  return sender_left_;
}

int Task::receiver_descriptor() {
  const std::lock_guard lock(mutex_);
  return receiver_.descriptor(sender_left_ || end_ != End::open);
}

void Task::watch_as_receiver(std::shared_ptr<Port> port, std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  receiver_.watch(std::move(port), id);
}

void Task::complete() {
  if (queue_ != nullptr) queue_->let_go(*this, true);
  end(End::done, nullptr);
}

void Task::fail(const Failure& failure) {
  TaskQueue* queue = nullptr;
  {
    const std::lock_guard lock(mutex_);
    queue = queue_;
  }
  if (queue != nullptr) queue->let_go(*this, false);
  end(End::failed, &failure);
}

void Task::end(End end, const Failure* failure) {
  std::unique_ptr<const Failure> kept;
  if (failure != nullptr) kept = std::make_unique<Failure>(*failure);
  TaskSide::News sender;
  TaskSide::News receiver;
  {
    const std::lock_guard lock(mutex_);
    if (end_ != End::open) return;
    end_ = end;
    failure_ = std::move(kept);
    if (!sender_left_) sender = sender_.changed(true);
    // A task that the receiver has ended has no receiver any more: only another's word is news to it.
    if (end == End::failed) {
      receiver = receiver_.changed(true);
    } else {
      receiver_.close();
    }
  }
  sender.tell();
  receiver.tell();
}

// --- The queue's ----------------------------------------------------------------------------------------------------

bool Task::enter(TaskQueue& queue) {
  const std::lock_guard lock(mutex_);
  if (sender_left_ || end_ != End::open) return false;
  queue_ = &queue;
  return true;
}

void Task::accept() {
  TaskSide::News news;
  {
    const std::lock_guard lock(mutex_);
    accepted_.store(true, std::memory_order_release);
    news = sender_.changed(readable());
  }
  news.tell();
}

bool Task::begin() {
  const std::lock_guard lock(mutex_);
  return !sender_left_ && end_ == End::open;
}

}  // namespace sidekick::core
