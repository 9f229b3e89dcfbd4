#include "core/byte_pipe.h"

#include <algorithm>
#include <utility>

namespace sidekick::core {

bool BytePipe::offer(std::string bytes) {
  std::lock_guard lock(mutex_);
  if (closed_ || ended_) return false;  // nobody will read it, nor this or what else is offered
  if (offset_ == bytes_.size()) {
    bytes_ = std::move(bytes);
    offset_ = 0;
  } else {
    bytes_.erase(0, offset_);  // or it would keep all that has ever been read
    offset_ = 0;
    bytes_ += bytes;
  }
  told_to_wait_ = bytes_.size() - offset_ >= kHighWater;
  changed_.notify_all();
  return !told_to_wait_;
}

bool BytePipe::write(std::string_view bytes, const std::stop_token& leave) {
  while (!bytes.empty()) {
    bool was_empty = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, leave, [this] { return bytes_.size() < kHighWater || closed_; });
      if (closed_ || leave.stop_requested()) return false;
      was_empty = bytes_.empty();
      const std::string_view fitting = bytes.substr(0, kHighWater - bytes_.size());
      bytes_.append(fitting);
      bytes.remove_prefix(fitting.size());
    }
    if (was_empty) ring_();
  }
  return true;
}

void BytePipe::end() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  ring_();
}

std::size_t BytePipe::read(char* into, std::size_t size, const std::stop_token& leave) {
  std::size_t count = 0;
  bool resume = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, leave, [this] { return offset_ < bytes_.size() || ended_ || closed_; });
    if (closed_ || leave.stop_requested()) return 0;
    count = std::min(size, bytes_.size() - offset_);
    bytes_.copy(into, count, offset_);
    offset_ += count;
    if (offset_ == bytes_.size()) {
      bytes_.clear();
      offset_ = 0;
    }
    resume = told_to_wait_ && bytes_.size() - offset_ <= kLowWater;
    if (resume) told_to_wait_ = false;
  }
  if (resume) ring_();
  return count;
}

bool BytePipe::is_readable() {
  std::lock_guard lock(mutex_);
  return offset_ < bytes_.size() || ended_ || closed_;
}

std::string BytePipe::take() {
  std::lock_guard lock(mutex_);
  std::string taken = std::exchange(bytes_, {});
  changed_.notify_all();
  return taken;
}

bool BytePipe::is_exhausted() {
  std::lock_guard lock(mutex_);
  return ended_ && bytes_.empty();
}

void BytePipe::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  bytes_.clear();
  offset_ = 0;
  changed_.notify_all();
}

}  // namespace sidekick::core
