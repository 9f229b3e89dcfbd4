// Starting an OS thread the way PHP needs it: a stack of a stated size (musl's default of 128 KiB is not enough for
// anything), a name that shows in debuggers, and every asynchronous signal left to Node's own threads.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace sidekick::core {

inline constexpr std::size_t kThreadStackBytes = std::size_t{16} << 20;  // address space; pages are used on touch

// A thread that is to be joined: what libraries keep for each thread is taken down when it ends, after the last line of
// its own code, and must be gone before the process takes down the libraries. One that is not joined runs on by itself.
class Thread {
 public:
  Thread() = default;
  // Runs `body`. Throws std::system_error when the system has no thread left. `name` is cut to 15 bytes (the kernel's
  // limit).
  Thread(const std::string& name, std::function<void()> body);
  ~Thread();
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  // Waits for its end. Does nothing when there is no thread, or when it is the caller.
  void join();

 private:
  std::optional<pthread_t> id_;
};

}  // namespace sidekick::core
