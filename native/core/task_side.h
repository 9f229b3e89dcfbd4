// One end of a task, as far as somebody waits at it: a PHP thread that has parked, a descriptor that somebody selects
// on, or a JavaScript environment's port. All of it belongs to the task, whose mutex guards it; who is to be told is
// told after that mutex was released, so that a woken thread does not run into it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "core/port.h"
#include "core/timers.h"

namespace sidekick::core {

// Where one thread waits, for one thing at a time. Shared, because whoever wakes it may still be at it when the thread
// is gone.
using Parking = std::shared_ptr<std::condition_variable>;

// How a thread waits: until `deadline`, if there is one, or until it must leave.
struct TaskWait {
  const Parking& parking;
  const std::stop_token& leave;
  std::optional<TimePoint> deadline = std::nullopt;
};

class TaskSide {
 public:
  TaskSide() = default;
  ~TaskSide() { close(); }
  TaskSide(const TaskSide&) = delete;
  TaskSide& operator=(const TaskSide&) = delete;

  // Those to be told, once no lock is held.
  struct News {
    Parking parked;
    std::shared_ptr<Port> port;
    std::uint32_t id = 0;

    void tell() const;
  };

  // Something has changed for this side; `readable`: what its descriptor is to show.
  News changed(bool readable);
  // The same, of a side whose descriptor alone has to follow.
  void show(bool readable);

  void park(const Parking& parking) { parked_ = parking; }
  void unpark() { parked_.reset(); }

  // `port` gets EventKind::task(id) when something has changed since the last look().
  void watch(std::shared_ptr<Port> port, std::uint32_t id);
  void look() { told_ = false; }

  // Made at the first call, readable as `readable` says; -1 with errno: there is none to be had.
  int descriptor(bool readable);
  void close();

 private:
  Parking parked_;
  std::shared_ptr<Port> port_;
  std::uint32_t id_ = 0;
  bool told_ = false;
  bool shown_ = false;  // what the descriptor shows
  int descriptor_ = -1;
};

}  // namespace sidekick::core
