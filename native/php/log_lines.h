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
      const std::string_view room = text.substr(0, kLongest - pending_.size());
      const std::string_view piece = room.substr(0, room.find('\n'));
      pending_.append(piece);
      text.remove_prefix(piece.size());
      const bool ends = !text.empty() && text.front() == '\n';
      if (ends) text.remove_prefix(1);
      if (ends || pending_.size() >= kLongest) flush(emit);
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
