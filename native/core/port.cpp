#include "core/port.h"

namespace sidekick::core {

Port::Port(std::function<void()> ring) : ring_(std::move(ring)) {}

void Port::push(Event event) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
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
}

void Port::close() {
  std::lock_guard ringing(ring_mutex_);
  std::lock_guard lock(mutex_);
  closed_ = true;
  events_.clear();
}

}  // namespace sidekick::core
