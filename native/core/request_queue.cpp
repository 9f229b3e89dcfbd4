#include "core/request_queue.h"

#include <algorithm>
#include <utility>

namespace sidekick::core {

bool RequestQueue::push(std::shared_ptr<Exchange> exchange) {
  std::lock_guard lock(mutex_);
  if (closed_) return false;
  waiting_.push_back(std::move(exchange));
  call_one();
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
  while (waiting_.empty() && !self.released && !closed_) {
    parked_.push_back(&self);
    self.wake.wait(lock, [&self] { return self.called || self.released; });
    leave(self);
  }
  std::shared_ptr<Exchange> exchange;
  if (!self.released && !waiting_.empty()) {
    exchange = std::move(waiting_.front());
    waiting_.pop_front();
  }
  call_one();     // for what is left here
  lock.unlock();  // before on_drain is destroyed: its destructor waits for a running callback, which wants the lock
  return exchange;
}

void RequestQueue::call_one() {
  if (one_is_coming_ || waiting_.empty() || parked_.empty()) return;
  one_is_coming_ = true;
  Parked* const parked = parked_.back();
  parked->called = true;
  parked->wake.notify_one();  // under the lock: `parked` lives on a stack that its thread leaves once it has the lock
}

void RequestQueue::leave(Parked& parked) {
  std::erase(parked_, &parked);
  if (std::exchange(parked.called, false)) one_is_coming_ = false;
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
  return waiting_.size() - std::min(waiting_.size(), parked_.size());
}

bool RequestQueue::has_room(std::size_t most) const {
  std::lock_guard lock(mutex_);
  return waiting_.size() < parked_.size() + most;
}

std::size_t RequestQueue::parked() const {
  std::lock_guard lock(mutex_);
  return parked_.size();
}

}  // namespace sidekick::core
