// A bounded pipe of bytes between a PHP thread, which waits, and JavaScript, which must not and is rung instead. One
// end is PHP's, the other JavaScript's; which is which depends on the direction:
//
//   stdin            JavaScript: offer() ──► bytes ──► read()  PHP
//   stdout, stderr   PHP:        write() ──► bytes ──► take()  JavaScript
//
// `mutex_` guards all state and is a leaf; the ring is called without it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

namespace sidekick::core {

class BytePipe {
 public:
  static constexpr std::size_t kHighWater = 256 * 1024;  // buffered before the writer waits, or is told to
  static constexpr std::size_t kLowWater = 64 * 1024;    // buffered when JavaScript, told to wait, is told to go on

  // Called from PHP's thread when JavaScript has something to do: bytes came to an empty pipe, there is room again, or
  // the end has come.
  explicit BytePipe(std::function<void()> ring) : ring_(std::move(ring)) {}

  // --- the writer ---
  bool offer(std::string bytes);  // false: enough is buffered, wait for the ring; or the reader has gone
  // Waits for room. False: the reader has gone, or `leave`.
  bool write(std::string_view bytes, const std::stop_token& leave);
  void end();

  // --- the reader ---
  // Waits for bytes; 0: the end, or `leave`.
  std::size_t read(char* into, std::size_t size, const std::stop_token& leave);
  bool is_readable();   // read() would not wait
  std::string take();   // all there is now
  bool is_exhausted();  // the end has come, and everything was read
  void close();         // reads no more: writes fail from now on

 private:
  const std::function<void()> ring_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string bytes_;
  std::size_t offset_ = 0;  // of bytes_, already read
  bool ended_ = false;
  bool closed_ = false;
  bool told_to_wait_ = false;
};

}  // namespace sidekick::core
