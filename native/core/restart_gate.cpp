#include "core/restart_gate.h"

namespace sidekick::core {

void RestartGate::enter(Admission admission) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [&] { return state_ == State::open || (state_ == State::closed && admission == Admission::ordered); });
  inside_++;
}

void RestartGate::leave() {
  {
    std::lock_guard lock(mutex_);
    if (--inside_ != 0 || state_ != State::closed) return;
  }
  if (notify_) notify_();
}

std::uint64_t RestartGate::restarts() const {
  std::lock_guard lock(mutex_);
  return restarts_;
}

void RestartGate::close() {
  std::lock_guard lock(mutex_);
  if (state_ == State::open) state_ = State::closed;
}

bool RestartGate::is_closed() const {
  std::lock_guard lock(mutex_);
  return state_ != State::open;
}

bool RestartGate::seize() {
  std::lock_guard lock(mutex_);
  if (state_ != State::closed || inside_ != 0) return false;
  state_ = State::seized;
  return true;
}

void RestartGate::reopen(bool restarted) {
  std::lock_guard lock(mutex_);
  state_ = State::open;
  if (restarted) restarts_++;
  changed_.notify_all();
}

}  // namespace sidekick::core
