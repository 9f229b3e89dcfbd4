// When is a restart of opcache tried, for how long, and when again? A clock and a counter; what is done about it stands
// in core/supervisor_restart.cpp. Everything follows from one setting, the patience (opcache.restartTimeout, 5 s):
//
//   idle ──wanted──► leaving ──► closed ──► restarted, or put off
//
//   leaving   background workers are asked to leave; requests are served as ever. At most the patience.
//   closed    HTTP workers are asked to leave, and requests wait at the gate. At most the patience.
//
// After a restart there is none for a fifth of the patience: a cache that is far too small shall not spend all its time
// on restarts. Put off: the next try comes after 12 times the patience (1 min), then twice that, up to 720 times (1 h).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/options.h"
#include "core/timers.h"

namespace sidekick::core {

// In the order of opcache's own.
enum class RestartReason : std::uint8_t { memory, files, asked };

// What the engine tells of opcache's memory; all zero when it is off.
struct CacheNumbers {
  std::size_t memory_bytes = 0;
  std::size_t wasted_bytes = 0;
  std::size_t free_bytes = 0;
  std::uint64_t restarts = 0;
  std::uint64_t resets = 0;  // opcache_reset()
  bool full = false;
};

class RestartPlan {
 public:
  enum class Phase : std::uint8_t { idle, leaving, closed };

  explicit RestartPlan(Milliseconds patience) : patience_(patience) {}

  Phase phase() const { return phase_; }
  Milliseconds patience() const { return patience_; }
  bool never() const { return patience_ == Milliseconds{0}; }
  bool waiting() const { return reason_.has_value(); }
  RestartReason reason() const { return reason_.value_or(RestartReason::asked); }
  std::uint32_t put_off_in_a_row() const { return in_a_row_; }
  std::uint64_t put_off() const { return put_off_; }

  void want(RestartReason reason) {
    if (!reason_) reason_ = reason;
  }
  bool is_due(TimePoint now) const { return phase_ == Phase::idle && reason_ && now >= not_before_; }

  void begin(TimePoint now) {
    phase_ = Phase::leaving;
    deadline_ = now + patience_;
  }
  void close(TimePoint now) {
    phase_ = Phase::closed;
    deadline_ = now + patience_;
  }
  Milliseconds closed_for(TimePoint now) const {
    return std::chrono::duration_cast<Milliseconds>(now - (deadline_ - patience_));
  }
  bool is_late(TimePoint now) const { return phase_ != Phase::idle && now >= deadline_; }
  // The next moment at which something is to be done; nullopt: not before somebody wants a restart.
  std::optional<TimePoint> next() const {
    if (phase_ != Phase::idle) return deadline_;
    return reason_ ? std::optional(not_before_) : std::nullopt;
  }

  // Returns whether the restart before this one was less than the first backoff ago.
  bool restarted(TimePoint now) {
    const bool again = last_ && now - *last_ < kFirstBackoff * patience_;
    last_ = now;
    end();
    in_a_row_ = 0;
    not_before_ = now + patience_ / kPace;
    return again;
  }
  // Returns how long it will be to the next try. The wish stays.
  Milliseconds put_off(TimePoint now) {
    const RestartReason kept = reason();
    end();
    reason_ = kept;
    put_off_++;
    const auto factor = std::min(kFirstBackoff << std::min(in_a_row_++, 16U), kLastBackoff);
    const Milliseconds delay = patience_ * factor;
    not_before_ = now + delay;
    return delay;
  }
  void cancel() { end(); }

 private:
  static constexpr std::uint32_t kPace = 5;
  static constexpr std::uint32_t kFirstBackoff = 12;
  static constexpr std::uint32_t kLastBackoff = 720;

  void end() {
    phase_ = Phase::idle;
    reason_.reset();
  }

  Milliseconds patience_;
  Phase phase_ = Phase::idle;
  std::optional<RestartReason> reason_;
  TimePoint deadline_;
  TimePoint not_before_;
  std::optional<TimePoint> last_;
  std::uint32_t in_a_row_ = 0;
  std::uint64_t put_off_ = 0;
};

}  // namespace sidekick::core
