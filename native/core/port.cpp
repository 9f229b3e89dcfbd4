#include "core/port.h"

#include <utility>

namespace sidekick::core {

Port::Port(std::function<void()> ring) : ring_(std::move(ring)) {}

void Port::push(Event event) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    if (event.kind == EventKind::log) {
      if (log_bytes_ >= kMostLogBytes) {
        dropped_lines_++;
        return;
      }
      log_bytes_ += event.head.size() + event.body.size();
    }
    events_.push_back(std::move(event));
    if (events_.size() > 1) return;  // whoever made it non-empty rings
  }
  std::lock_guard ringing(ring_mutex_);
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
  }
  ring_();
}

void Port::push_done(std::uint32_t operation, std::string result) {
  Event event;
  event.kind = EventKind::done;
  event.id = operation;
  event.head = std::move(result);
  push(std::move(event));
}

void Port::push_failed(std::uint32_t operation, Failure failure) {
  Event event;
  event.kind = EventKind::failed;
  event.id = operation;
  event.failure = std::make_unique<Failure>(std::move(failure));
  push(std::move(event));
}

void Port::drain(std::vector<Event>& into) {
  std::lock_guard lock(mutex_);
  into.swap(events_);
  log_bytes_ = 0;
  if (dropped_lines_ == 0) return;
  Event event;
  event.kind = EventKind::log;
  event.level = LogLevel::warn;
  event.head = std::to_string(std::exchange(dropped_lines_, 0)) +
               " lines were dropped: they came faster than this JavaScript thread took them";
  into.push_back(std::move(event));
}

void Port::close() {
  std::lock_guard ringing(ring_mutex_);
  std::lock_guard lock(mutex_);
  closed_ = true;
  events_.clear();
}

}  // namespace sidekick::core
