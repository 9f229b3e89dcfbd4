// The beginning of a request's body, kept in a file while its client was slow. Read once, from front to end, by the PHP
// thread that serves the request; the descriptor is closed when the exchange goes.
#pragma once

#include <cstddef>

namespace sidekick::core {

class Spool {
 public:
  Spool() = default;
  // Duplicates `descriptor`; an invalid or unreadable one shows when it is read. `bytes` are in the file.
  Spool(int descriptor, std::size_t bytes);
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&& other) noexcept;
  ~Spool();

  std::size_t left() const { return left_; }
  // 0: it cannot be read.
  std::size_t read(char* into, std::size_t size);

 private:
  int descriptor_ = -1;
  std::size_t offset_ = 0;
  std::size_t left_ = 0;
};

}  // namespace sidekick::core
