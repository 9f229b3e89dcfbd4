#include "core/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sidekick::core {

Spool::Spool(int descriptor, std::size_t bytes) : descriptor_(fcntl(descriptor, F_DUPFD_CLOEXEC, 0)), left_(bytes) {}

Spool::Spool(Spool&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), offset_(other.offset_), left_(std::exchange(other.left_, 0)) {}

Spool& Spool::operator=(Spool&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(offset_, other.offset_);
  std::swap(left_, other.left_);
  return *this;
}

Spool::~Spool() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::size_t Spool::read(char* into, std::size_t size) {
  for (;;) {
    const ssize_t count = pread(descriptor_, into, std::min(size, left_), static_cast<off_t>(offset_));
    if (count < 0 && errno == EINTR) continue;  // the thread's interrupt; a file does not keep it waiting
    if (count <= 0) return 0;
    offset_ += static_cast<std::size_t>(count);
    left_ -= static_cast<std::size_t>(count);
    return static_cast<std::size_t>(count);
  }
}

}  // namespace sidekick::core
