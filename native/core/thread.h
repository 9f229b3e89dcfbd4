// Starting an OS thread the way PHP needs it: a stack of a stated size (musl's default of 128 KiB is not enough for
// anything), a name that shows in debuggers, and every asynchronous signal left to Node's own threads.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace sidekick::core {

inline constexpr std::size_t kThreadStackBytes = std::size_t{16} << 20;  // address space; pages are used on touch

// Runs `body` on a new detached thread. Throws std::system_error when the system has no thread left.
// `name` is cut to 15 bytes (the kernel's limit).
void start_thread(const std::string& name, std::function<void()> body);

}  // namespace sidekick::core
