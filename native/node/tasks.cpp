#include "node/tasks.h"

#include <utility>

#include "core/runtime.h"

namespace sidekick::node {

// Wakes the environment through its port, as a worker's handle wakes a worker.
class Tasks::Listener final : public core::TaskListener {
 public:
  Listener(std::shared_ptr<core::Port> port, std::uint32_t id) : port_(std::move(port)), id_(id) {}

 protected:
  void wake() override {
    core::Event event;
    event.kind = core::EventKind::task;
    event.id = id_;
    port_->push(std::move(event));
  }

 private:
  const std::shared_ptr<core::Port> port_;
  const std::uint32_t id_;
};

std::uint32_t Tasks::name(core::Scope& scope, std::string name) {
  names_.push_back({&scope, std::move(name)});
  return static_cast<std::uint32_t>(names_.size() - 1);
}

void Tasks::send(const std::shared_ptr<core::Port>& port, std::uint32_t name, std::uint32_t id, bool consume,
                 core::Milliseconds timeout, core::BlockRef payload) {
  const Name& to = names_.at(name);
  core::TaskRef task = core::Task::create(std::move(payload));
  task->watch_as_sender(port, id);
  entries_[id] = {.task = task, .is_sent = true, .consumed = consume, .last = {}};
  core::Runtime::instance().send_task(*to.scope, to.name, task, timeout);
}

void Tasks::consume(std::uint32_t id) {
  if (const auto found = entries_.find(id); found != entries_.end()) found->second.consumed = true;
}

core::Task* Tasks::find(std::uint32_t id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second.task.get();
}

std::string Tasks::serve(const std::shared_ptr<core::Port>& port, core::Scope& scope, const std::string& name,
                         std::uint32_t id, std::uint32_t places) {
  core::TaskQueue& queue = scope.task_queue(name);
  if (queue.is_listened_to()) return "is served already";
  auto listener = std::make_shared<Listener>(port, id);
  queue.open(listener.get(), places);
  queue.join(listener);
  served_[id] = {.queue = &queue, .listener = std::move(listener)};
  return {};
}

void Tasks::unserve(std::uint32_t id) {
  const auto found = served_.find(id);
  if (found == served_.end()) return;
  const Served served = std::move(found->second);
  served_.erase(found);
  served.queue->close(served.listener.get(), core::worker_left());
  served.queue->leave(served.listener.get(), false);
}

core::Task* Tasks::receive(const std::shared_ptr<core::Port>& port, std::uint32_t listener, std::uint32_t id) {
  const auto found = served_.find(listener);
  if (found == served_.end()) return nullptr;
  found->second.listener->heard();
  core::TaskRef task = found->second.queue->receive(*found->second.listener);
  if (!task) return nullptr;
  task->watch_as_receiver(port, id);
  core::Task* const received = task.get();
  entries_[id] = {.task = std::move(task), .is_sent = false, .consumed = false, .last = {}};
  return received;
}

const std::vector<Tasks::Report>& Tasks::look() {
  reports_.clear();
  for (const std::uint32_t id : noted_) look_at(id);
  noted_.clear();
  return reports_;
}

void Tasks::look_at(std::uint32_t id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.consumed) {
    if (found != entries_.end() || served_.contains(id)) reports_.push_back({.id = id});
    return;
  }
  Entry& entry = found->second;
  for (;;) {
    core::Task::Reading reading = entry.task->try_read();
    switch (reading.kind) {
      case core::Task::Reading::Kind::update: entry.last = std::move(reading.update); continue;
      case core::Task::Reading::Kind::nothing: return;
      case core::Task::Reading::Kind::done: {
        const Kind kind = entry.last ? kDone : kDoneEmpty;
        reports_.push_back({.id = id, .kind = kind, .value = std::move(entry.last), .failure = {}});
        break;
      }
      case core::Task::Reading::Kind::failed:
        reports_.push_back({.id = id, .kind = kFailed, .value = {}, .failure = entry.task->failure()});
        break;
    }
    entries_.erase(found);
    return;
  }
}

void Tasks::leave() {
  while (!served_.empty()) unserve(served_.begin()->first);
  for (const auto& [id, entry] : entries_) {
    if (entry.is_sent) {
      entry.task->cancel();
    } else {
      entry.task->fail(core::worker_left());
    }
  }
  entries_.clear();
}

}  // namespace sidekick::node
