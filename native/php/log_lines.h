// Output of scripts that have no client, cut into lines for the log.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sidekick::php {

class LogLines {
 public:
  static constexpr std::size_t kLongest = 64 * 1024;  // a longer line is logged in pieces

  template <typename Emit>
  void append(std::string_view text, Emit emit) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      const std::string_view piece = text.substr(0, end);
      pending_.append(piece);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (end != std::string_view::npos || pending_.size() >= kLongest) flush(emit);
    }
  }

  template <typename Emit>
  void flush(Emit emit) {
    if (!pending_.empty()) emit(std::move(pending_));
    pending_.clear();
  }

 private:
  std::string pending_;
};

}  // namespace sidekick::php
