#include "core/exchange.h"

#include <algorithm>
#include <cstring>

namespace sidekick::core {

Exchange::Exchange(Scope& scope, std::shared_ptr<Port> port, std::uint32_t id, std::string packed_head)
    : scope_(scope), port_(std::move(port)), id_(id), packed_head_(std::move(packed_head)) {}

Exchange::Exchange(Scope& scope, std::shared_ptr<Port> port, std::uint32_t id, BlockRef message)
    : scope_(scope), port_(std::move(port)), id_(id), message_(std::move(message)) {}

void Exchange::answer(BlockRef value) {
  {
    std::lock_guard lock(mutex_);
    answer_ = std::move(value);
  }
  Event event;
  event.kind = EventKind::response;
  event.flags = Event::kAnswer;
  event.id = id_;
  port_->push(std::move(event));
}

void Exchange::refuse(Failure failure) {
  Event event;
  event.kind = EventKind::response;
  event.flags = Event::kLast;
  event.id = id_;
  event.failure = std::make_unique<Failure>(std::move(failure));
  port_->push(std::move(event));
}

BlockRef Exchange::take_answer() {
  std::lock_guard lock(mutex_);
  return std::move(answer_);
}

bool Exchange::push_body(std::string chunk) {
  if (chunk.empty()) return true;
  bool more = true;
  {
    std::lock_guard lock(mutex_);
    if (finished_ || aborted()) return true;  // nobody will read it
    body_bytes_ += chunk.size();
    body_.push_back(std::move(chunk));
    more = body_bytes_ < kBodyHighWater;
    body_paused_ = !more;
  }
  changed_.notify_all();
  return more;
}

void Exchange::end_body() {
  {
    std::lock_guard lock(mutex_);
    body_ended_ = true;
  }
  changed_.notify_all();
}

void Exchange::abort() {
  {
    std::lock_guard lock(mutex_);
    aborted_.store(true, std::memory_order_relaxed);
    broken_ = false;  // nobody waits any more
    body_ended_ = true;
  }
  changed_.notify_all();
}

// What is left of the body cannot be read: to the script it is as if the client had gone.
void Exchange::break_off() {
  std::lock_guard lock(mutex_);
  if (aborted()) return;
  aborted_.store(true, std::memory_order_relaxed);
  broken_ = true;
  body_ended_ = true;
}

void Exchange::acknowledge(std::size_t bytes) {
  {
    std::lock_guard lock(mutex_);
    unacknowledged_ -= std::min(bytes, unacknowledged_);
  }
  changed_.notify_all();
}

void Exchange::begin_service(Instance& by) {
  std::lock_guard lock(mutex_);
  server_ = &by;
  served_since_ = Clock::now();
}

void Exchange::end_service() {
  std::lock_guard lock(mutex_);
  server_ = nullptr;
}

Instance* Exchange::server() const {
  std::lock_guard lock(mutex_);
  return server_;
}

std::optional<TimePoint> Exchange::served_since() const {
  std::lock_guard lock(mutex_);
  return server_ == nullptr ? std::nullopt : std::optional(served_since_);
}

std::size_t Exchange::read_body(char* into, std::size_t size, const std::stop_token& force) {
  if (spool_.left() > 0) {
    if (aborted()) return 0;
    const std::size_t spooled = spool_.read(into, size);
    if (spooled == 0) break_off();  // the disk has failed: a body cut short must not pass for a complete one
    return spooled;
  }
  bool resume = false;
  std::size_t copied = 0;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, force, [this] { return body_bytes_ > 0 || body_ended_; });
    if (aborted()) return 0;
    while (copied < size && !body_.empty()) {
      const std::string& chunk = body_.front();
      const std::size_t count = std::min(size - copied, chunk.size() - body_offset_);
      // Bytes, not a C string. NOLINTNEXTLINE(bugprone-not-null-terminated-result)
      std::memcpy(into + copied, chunk.data() + body_offset_, count);
      copied += count;
      body_offset_ += count;
      if (body_offset_ == chunk.size()) {
        body_.pop_front();
        body_offset_ = 0;
      }
    }
    body_bytes_ -= copied;
    if (body_paused_ && body_bytes_ <= kBodyLowWater) {
      body_paused_ = false;
      resume = true;
    }
  }
  if (resume) {
    Event event;
    event.kind = EventKind::body_drained;
    event.id = id_;
    port_->push(std::move(event));
  }
  return copied;
}

bool Exchange::send(std::string head, std::string body, std::uint8_t flags, const std::stop_token& force) {
  {
    std::unique_lock lock(mutex_);
    if (finished_) return false;
    if ((flags & Event::kLast) != 0) {
      finished_ = true;  // the end never waits: what is buffered has been accepted already
      // Nor does anybody pass on the rest of the request from now on; whoever reads on finds its end.
      body_ended_ = true;
      body_.clear();
      body_offset_ = 0;
      body_bytes_ = 0;
      body_paused_ = false;
    } else {
      changed_.wait(lock, force, [this] { return unacknowledged_ < kResponseHighWater || aborted(); });
      if (force.stop_requested()) return false;
    }
    if (aborted()) {
      if (!broken_ || !finished_) return false;
      head.clear();
      body.clear();
      flags = Event::kLast | Event::kAborted;
    }
    unacknowledged_ += body.size();
  }
  if ((flags & Event::kLast) != 0) changed_.notify_all();
  push_response(std::move(head), std::move(body), flags);
  return true;
}

void Exchange::push_response(std::string head, std::string body, std::uint8_t flags) {
  Event event;
  event.kind = EventKind::response;
  event.flags = flags;
  event.id = id_;
  event.head = std::move(head);
  event.body = std::move(body);
  port_->push(std::move(event));
}

}  // namespace sidekick::core
