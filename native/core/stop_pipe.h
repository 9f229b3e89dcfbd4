// The pipe behind frankenphp_get_worker_handle(): a background worker reads its end, and sees end of file when it must
// stop. The read end is kept for the whole run (the streams that PHP sees are duplicates of it, so closing them is
// harmless); the write end is closed by the supervisor.
#pragma once

#include <mutex>

namespace sidekick::core {

class StopPipe {
 public:
  StopPipe();  // throws std::system_error when no descriptor is left
  ~StopPipe();
  StopPipe(const StopPipe&) = delete;
  StopPipe& operator=(const StopPipe&) = delete;

  int read_end() const { return read_end_; }
  void signal_stop();  // end of file at the read end; idempotent, any thread

 private:
  int read_end_ = -1;
  std::mutex mutex_;  // guards write_end_; a leaf
  int write_end_ = -1;
};

}  // namespace sidekick::core
