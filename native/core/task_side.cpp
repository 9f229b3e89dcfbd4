#include "core/task_side.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace sidekick::core {

void TaskSide::News::tell() const {
  if (parked) parked->notify_one();
  if (!port) return;
  Event event;
  event.kind = EventKind::task;
  event.id = id;
  port->push(std::move(event));
}

TaskSide::News TaskSide::changed(bool readable) {
  show(readable);
  News news;
  news.parked = parked_;
  if (port_ && !std::exchange(told_, true)) {
    news.port = port_;
    news.id = id_;
  }
  return news;
}

void TaskSide::show(bool readable) {
  if (descriptor_ < 0 || std::exchange(shown_, readable) == readable) return;
  // An eventfd that is 0 or 1: neither can fail, nor wait.
  if (readable) {
    eventfd_write(descriptor_, 1);
  } else {
    eventfd_t count = 0;
    eventfd_read(descriptor_, &count);
  }
}

void TaskSide::watch(std::shared_ptr<Port> port, std::uint32_t id) {
  port_ = std::move(port);
  id_ = id;
  told_ = false;
}

int TaskSide::descriptor(bool readable) {
  if (descriptor_ < 0) {
    descriptor_ = eventfd(readable ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
    shown_ = readable;
  }
  return descriptor_;
}

void TaskSide::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace sidekick::core
