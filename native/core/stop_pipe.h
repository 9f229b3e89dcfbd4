// The pipe behind frankenphp_get_worker_handle(): a background worker reads its end, sees a line when tasks wait, and
// end of file when it must stop. It stands for one run of the worker, also as the holder of the tasks it receives. The
// read end is kept for the whole run (the streams that PHP sees are duplicates of it, so closing them is harmless); the
// write end is closed by the supervisor.
#pragma once

#include <mutex>
#include <string_view>

#include "core/task_queue.h"

namespace sidekick::core {

class StopPipe final : public TaskListener {
 public:
  static constexpr std::string_view kTask = "task\n";  // in it when tasks wait; then heard() is called for

  StopPipe();  // throws std::system_error when no descriptor is left
  ~StopPipe() override;

  int read_end() const { return read_end_; }
  void signal_stop();  // end of file at the read end; idempotent, any thread

 protected:
  void wake() override;

 private:
  int read_end_ = -1;
  std::mutex mutex_;  // guards write_end_; a leaf
  int write_end_ = -1;
};

}  // namespace sidekick::core
