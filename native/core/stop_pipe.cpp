#include "core/stop_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sidekick::core {

StopPipe::StopPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot make the worker handle's pipe");
  }
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  read_end_ = ends[0];
  write_end_ = ends[1];
}

StopPipe::~StopPipe() {
  signal_stop();
  close(read_end_);
}

// One unread line at a time, unless the script reads it byte by byte: should the pipe ever be full, it is readable.
void StopPipe::wake() {
  std::lock_guard lock(mutex_);
  if (write_end_ >= 0) static_cast<void>(write(write_end_, kTask.data(), kTask.size()) == 0);
}

void StopPipe::signal_stop() {
  std::lock_guard lock(mutex_);
  if (write_end_ >= 0) close(write_end_);
  write_end_ = -1;
}

}  // namespace sidekick::core
