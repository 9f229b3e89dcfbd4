// A port is where one JavaScript environment (the main thread or a worker_thread) hears from native threads: a list
// of events and a doorbell that rings once per change from empty to non-empty. Measured: 2.4 times the throughput of
// one call per item at 64 in flight.
//
// Any thread pushes; only the environment's own JavaScript thread drains. A closed port drops what it is sent, so
// nobody who still holds it has to know that its environment has ended.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/failure.h"

namespace sidekick::core {

enum class EventKind : std::uint8_t {
  done,          // operation `id` succeeded; `head` holds its result, if it has one
  failed,        // operation `id` failed with `failure`
  response,      // exchange `id`: head (once, first), then body bytes; kLast ends it
  body_drained,  // exchange `id`: PHP has read the request body below its low-water mark
  vars_changed,  // the watched slot `id` has a newer snapshot
  worker,        // a worker's life: head = event name, `worker` filled
  log,           // head = message, body = JSON of its context or empty, `level`, `worker` filled where one is known
  task,          // what goes by the number `id` here (a task, or a queue of tasks) has something to be looked at
  script,        // operation `id` runs a script: kInput has room again, or kOutput or kError has bytes
};

enum class LogLevel : std::int8_t { debug = -4, info = 0, warn = 4, error = 8 };

// Who an event of kind worker or log is about.
struct WorkerLabel {
  std::string scope;
  std::string worker;
  std::uint32_t instance = 0;
  std::uint32_t generation = 0;
};

struct Event {
  static constexpr std::uint8_t kHasHead = 1;        // response: `head` is the packed status and headers
  static constexpr std::uint8_t kLast = 2;           // response: nothing follows
  static constexpr std::uint8_t kAborted = 4;        // response: the script died before it was complete
  static constexpr std::uint8_t kInformational = 8;  // response: the head is that of a 1xx; the real one is to come
  static constexpr std::uint8_t kAnswer = 16;        // response: to a message, waits to be taken
  static constexpr std::uint8_t kInput = 1;          // script
  static constexpr std::uint8_t kOutput = 2;         // script
  static constexpr std::uint8_t kError = 4;          // script

  EventKind kind = EventKind::done;
  std::uint8_t flags = 0;
  LogLevel level = LogLevel::info;
  std::uint32_t id = 0;
  std::string head;
  std::string body;
  std::unique_ptr<Failure> failure;     // failed; a message's response; worker events that report a crash
  std::unique_ptr<WorkerLabel> worker;  // worker, log
};

class Port {
 public:
  // `ring` is called without the lock held, from any thread, and must not throw.
  explicit Port(std::function<void()> ring);

  void push(Event event);
  void push_done(std::uint32_t operation, std::string result = {});
  void push_failed(std::uint32_t operation, Failure failure);

  // Log lines that wait, in bytes: past it they are dropped, and how many were is told. A script that prints in a loop
  // must not use up the memory of a process whose event loop is busy.
  static constexpr std::size_t kMostLogBytes = std::size_t{16} << 20;

  // Moves out everything that has come, in order. `into` must be empty; its capacity is reused.
  void drain(std::vector<Event>& into);

  // After this returns, ring() is never called again.
  void close();

 private:
  std::mutex mutex_;       // guards all below; a leaf: no other lock is taken while it is held
  std::mutex ring_mutex_;  // held around ring_(), so that close() can wait for it; taken before mutex_, never after
  std::vector<Event> events_;
  std::size_t log_bytes_ = 0;      // of the lines among them
  std::size_t dropped_lines_ = 0;  // since the last drain
  bool closed_ = false;
  std::function<void()> ring_;
};

}  // namespace sidekick::core
