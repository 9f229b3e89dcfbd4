// Things to do later, on the supervisor's thread. Time is always given from outside, so tests use a clock of their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace sidekick::core {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

class Timers {
 public:
  using Id = std::pair<TimePoint, std::uint64_t>;

  Id at(TimePoint due, std::function<void(TimePoint now)> action) {
    const Id id{due, next_++};
    actions_.emplace(id, std::move(action));
    return id;
  }
  void cancel(const Id& id) { actions_.erase(id); }

  std::optional<TimePoint> next_due() const {
    if (actions_.empty()) return std::nullopt;
    return actions_.begin()->first.first;
  }

  // Runs all that is due, in order; an action may add or cancel others.
  void run_due(TimePoint now) {
    while (!actions_.empty() && actions_.begin()->first.first <= now) {
      auto action = std::move(actions_.begin()->second);
      actions_.erase(actions_.begin());
      action(now);
    }
  }

 private:
  std::map<Id, std::function<void(TimePoint)>> actions_;
  std::uint64_t next_ = 0;
};

}  // namespace sidekick::core
