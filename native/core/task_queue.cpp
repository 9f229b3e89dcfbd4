#include "core/task_queue.h"

#include <algorithm>
#include <utility>

namespace sidekick::core {

namespace {

void tell(const std::vector<std::shared_ptr<TaskListener>>& listeners) {
  for (const auto& listener : listeners) listener->tell();
}

}  // namespace

TaskQueue::TaskQueue(std::string name) : name_(std::move(name)) {}

// --- Whoever serves the name ----------------------------------------------------------------------------------------

void TaskQueue::open(const void* server, std::size_t places) {
  const std::lock_guard lock(mutex_);
  server_ = server;
  places_ = places;
}

void TaskQueue::close(const void* server, const Failure& why) {
  std::deque<TaskRef> dropped;
  {
    const std::lock_guard lock(mutex_);
    if (server_ != server) return;
    server_ = nullptr;
    dropped.swap(waiting_);
    for (const TaskRef& task : dropped) task->place_ = Task::Place::none;
    numbers_.aborted += dropped.size();
  }
  for (const TaskRef& task : dropped) task->fail(why);
}

void TaskQueue::join(std::shared_ptr<TaskListener> listener) {
  const std::shared_ptr<TaskListener> told = listener;
  bool waiting = false;
  {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
    listened_to_.store(true, std::memory_order_relaxed);
    waiting = !waiting_.empty();
  }
  if (waiting) told->tell();
}

void TaskQueue::leave(const TaskListener* listener, bool excused) {
  std::vector<TaskRef> orphans;
  std::vector<std::shared_ptr<TaskListener>> others;
  {
    const std::lock_guard lock(mutex_);
    for (Task* task = held_; task != nullptr;) {
      Task* const after = task->after_;
      if (task->holder_ == listener && listener != nullptr) {
        unlink(*task);
        orphans.push_back(TaskRef::adopt(task));
      }
      task = after;
    }
    std::erase_if(listeners_, [listener](const auto& each) { return each.get() == listener; });
    listened_to_.store(!listeners_.empty(), std::memory_order_relaxed);
    if (!listeners_.empty()) {
      if (!waiting_.empty()) others = untold();  // it may have been the only one to know
    } else if (!excused && (listener == nullptr || listener->received_ == 0)) {
      for (TaskRef& task : waiting_) {
        task->place_ = Task::Place::none;
        orphans.push_back(std::move(task));
      }
      waiting_.clear();
    }
    numbers_.aborted += orphans.size();
  }
  for (const TaskRef& task : orphans) task->fail(worker_left());
  tell(others);
}

// --- Senders --------------------------------------------------------------------------------------------------------

TaskQueue::Offer TaskQueue::offer(const TaskRef& task) {
  if (!task->enter(*this)) return Offer::over;
  std::vector<std::shared_ptr<TaskListener>> listeners;
  bool accepted = false;
  {
    const std::lock_guard lock(mutex_);
    if (server_ == nullptr) return Offer::closed;
    waiting_.push_back(task);
    task->place_ = Task::Place::waiting;
    accepted = waiting_.size() <= places_;
    if (accepted) task->accepted_.store(true, std::memory_order_release);
    listeners = untold();
  }
  // A sender that left after enter() has looked for it here too early.
  if (task->cancelled()) withdraw(*task);
  tell(listeners);
  return accepted ? Offer::accepted : Offer::waiting;
}

Failure TaskQueue::no_place() const {
  const std::lock_guard lock(mutex_);
  return {.code = FailureCode::timeout,
          .message = "timeout waiting for a place in the task queue of background worker '" + name_ + "' (it has " +
                     std::to_string(places_) + ", option taskQueue)"};
}

std::optional<TimePoint> TaskQueue::expire(TimePoint now) {
  std::vector<TaskRef> late;
  std::optional<TimePoint> next;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t index = places_; index < waiting_.size();) {
      const TaskRef& task = waiting_[index];
      if (task->deadline && *task->deadline <= now) {
        task->place_ = Task::Place::none;
        late.push_back(task);
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
        continue;
      }
      if (task->deadline && (!next || *task->deadline < *next)) next = task->deadline;
      index++;
    }
    numbers_.timed_out += late.size();
  }
  if (!late.empty()) {
    const Failure why = no_place();
    for (const TaskRef& task : late) task->fail(why);
  }
  return next;
}

void TaskQueue::withdraw(Task& task) {
  TaskRef accepted;
  const TaskRef kept(task);  // the queue's own reference may be the last but this
  {
    const std::lock_guard lock(mutex_);
    if (task.place_ != Task::Place::waiting) return;
    if (task.accepted()) {
      numbers_.abandoned++;
    } else {
      numbers_.timed_out++;
    }
    if (remove(task)) accepted = next_accepted();
  }
  if (accepted) accepted->accept();
}

// --- Listeners ------------------------------------------------------------------------------------------------------

TaskRef TaskQueue::receive(TaskListener& listener) {
  for (;;) {
    TaskRef task;
    TaskRef accepted;
    bool again = false;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return {};
      task = std::move(waiting_.front());
      waiting_.pop_front();
      link(*task, listener);
      listener.received_++;
      accepted = next_accepted();
      again = !waiting_.empty() && !listener.told();
    }
    if (accepted) accepted->accept();
    if (again) listener.tell();
    if (task->begin()) return task;
    let_go(*task, false);
  }
}

void TaskQueue::let_go(Task& task, bool completed) {
  TaskRef held;  // dropped without the lock
  TaskRef accepted;
  const bool cancelled = task.cancelled();
  {
    const std::lock_guard lock(mutex_);
    if (task.place_ == Task::Place::none) return;
    if (task.place_ == Task::Place::waiting) {
      held = TaskRef(task);
      if (remove(task)) accepted = next_accepted();
    } else {
      unlink(task);
      held = TaskRef::adopt(&task);
    }
    (cancelled ? numbers_.abandoned : completed ? numbers_.completed : numbers_.aborted)++;
  }
  if (accepted) accepted->accept();
}

bool TaskQueue::lacks_listener() const {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty() && listeners_.empty();
}

bool TaskQueue::awaits(const TaskListener& listener) const {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty() && listener.received_ == 0;
}

TaskNumbers TaskQueue::numbers() const {
  const std::lock_guard lock(mutex_);
  TaskNumbers numbers = numbers_;
  numbers.waiting = std::min(waiting_.size(), places_);
  numbers.unaccepted = waiting_.size() - numbers.waiting;
  for (const Task* task = held_; task != nullptr; task = task->after_) numbers.running++;
  return numbers;
}

// --- With the mutex held --------------------------------------------------------------------------------------------

bool TaskQueue::remove(Task& task) {
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const TaskRef& each) { return each.get() == &task; });
  const bool had_place = static_cast<std::size_t>(found - waiting_.begin()) < places_;
  task.place_ = Task::Place::none;
  waiting_.erase(found);
  return had_place;
}

TaskRef TaskQueue::next_accepted() const {
  if (waiting_.size() < places_ || waiting_[places_ - 1]->accepted()) return {};
  return waiting_[places_ - 1];
}

bool TaskQueue::is_held_by(const TaskListener& listener) const {
  const std::lock_guard lock(mutex_);
  const Task* task = held_;
  while (task != nullptr && task->holder_ != &listener) task = task->after_;
  return task != nullptr;
}

void TaskQueue::link(Task& task, const TaskListener& holder) {
  TaskRef(task).release();  // the list's reference
  task.place_ = Task::Place::held;
  task.holder_ = &holder;
  task.before_ = nullptr;
  task.after_ = held_;
  if (held_ != nullptr) held_->before_ = &task;
  held_ = &task;
}

// The list's reference is the caller's now.
void TaskQueue::unlink(Task& task) {
  task.place_ = Task::Place::none;
  task.holder_ = nullptr;
  (task.before_ == nullptr ? held_ : task.before_->after_) = task.after_;
  if (task.after_ != nullptr) task.after_->before_ = task.before_;
}

std::vector<std::shared_ptr<TaskListener>> TaskQueue::untold() const {
  std::vector<std::shared_ptr<TaskListener>> listeners;
  for (const auto& listener : listeners_) {
    if (!listener->told()) listeners.push_back(listener);
  }
  return listeners;
}

}  // namespace sidekick::core
