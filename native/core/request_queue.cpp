#include "core/request_queue.h"

#include <algorithm>

namespace sidekick::core {

bool RequestQueue::push(std::shared_ptr<Exchange> exchange) {
  std::lock_guard lock(mutex_);
  if (closed_) return false;
  if (parked_.empty()) {
    waiting_.push_back(std::move(exchange));
    return true;
  }
  Parked* parked = parked_.back();
  parked_.pop_back();
  parked->hand = std::move(exchange);
  parked->wake.notify_one();  // under the lock: `parked` lives on a stack that its thread leaves once it has the lock
  return true;
}

std::shared_ptr<Exchange> RequestQueue::take(const std::stop_token& drain) {
  Parked self;
  // Constructed before the lock is taken: a drain already requested calls it right here.
  std::stop_callback on_drain(drain, [this, &self] {
    std::lock_guard lock(mutex_);
    self.released = true;
    self.wake.notify_one();
  });
  std::unique_lock lock(mutex_);
  if (self.released) return nullptr;
  if (!waiting_.empty()) {
    auto exchange = std::move(waiting_.front());
    waiting_.pop_front();
    return exchange;
  }
  if (closed_) return nullptr;
  parked_.push_back(&self);
  self.wake.wait(lock, [&self] { return self.released || self.hand; });
  if (!self.hand) std::erase(parked_, &self);
  auto exchange = std::move(self.hand);
  lock.unlock();  // before on_drain is destroyed: its destructor waits for a running callback, which wants the lock
  return exchange;
}

bool RequestQueue::remove(const Exchange& exchange) {
  std::shared_ptr<Exchange> taken_back;  // destroyed without the lock
  std::lock_guard lock(mutex_);
  const auto place =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& each) { return each.get() == &exchange; });
  if (place == waiting_.end()) return false;
  taken_back = std::move(*place);
  waiting_.erase(place);
  return true;
}

std::deque<std::shared_ptr<Exchange>> RequestQueue::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (Parked* parked : parked_) {
    parked->released = true;
    parked->wake.notify_one();
  }
  return std::move(waiting_);
}

std::size_t RequestQueue::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::size_t RequestQueue::parked() const {
  std::lock_guard lock(mutex_);
  return parked_.size();
}

}  // namespace sidekick::core
