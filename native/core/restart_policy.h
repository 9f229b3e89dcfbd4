// When does a script run again after it ended? (contract L01, L02, C05)
//
// After a failure: at once the first time, then min(n^2 * 100 ms, 1 s), n counting the failures before. A clean exit
// resets the failures; clean exits that come quicker than `kPace` after the start are held to the same delays, so that
// a script that does nothing is not a busy loop. A run that worked (handled a request, completed a task) or lasted
// `kHealthy` leaves the failures before it behind: a script that crashes now and then never adds up to giving up.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sidekick::core {

class RestartPolicy {
 public:
  static constexpr std::chrono::milliseconds kPace{1000};
  static constexpr std::chrono::milliseconds kHealthy{10'000};

  explicit RestartPolicy(std::int32_t max_consecutive_failures) : max_failures_(max_consecutive_failures) {}

  struct Decision {
    bool give_up = false;
    std::chrono::milliseconds delay{0};
  };

  Decision after_failure(std::chrono::nanoseconds ran, bool worked) {
    if (worked || ran >= kHealthy) failures_ = 0;
    const std::uint32_t before = failures_++;
    quick_exits_ = 0;
    if (max_failures_ >= 0 && failures_ >= static_cast<std::uint32_t>(std::max(max_failures_, 1)))
      return {.give_up = true, .delay = {}};
    return {.give_up = false, .delay = delay(before)};
  }

  Decision after_clean_exit(std::chrono::nanoseconds ran, bool worked) {
    failures_ = 0;
    quick_exits_ = !worked && ran < kPace ? quick_exits_ + 1 : 0;
    return {.give_up = false, .delay = quick_exits_ == 0 ? std::chrono::milliseconds{0} : delay(quick_exits_ - 1)};
  }

  void reset() { failures_ = quick_exits_ = 0; }

  // Past giving up, for those that keep trying all the same (eager workers after boot).
  std::chrono::milliseconds delay_now() const { return delay(failures_); }
  std::uint32_t failures() const { return failures_; }

 private:
  static std::chrono::milliseconds delay(std::uint32_t n) {
    return std::chrono::milliseconds{std::min<std::uint64_t>(100ULL * n * n, 1000)};
  }

  std::int32_t max_failures_;
  std::uint32_t failures_ = 0;
  std::uint32_t quick_exits_ = 0;
};

}  // namespace sidekick::core
