// An exchange is one HTTP request and its response on their way through a PHP thread (or one message to an HTTP
// worker). Bodies stream in both directions through bounded buffers: a fast client waits for a slow script and a fast
// script for a slow client; neither makes memory grow. What JavaScript had kept of a request's body in a file comes
// first.
//
// Owned by shared_ptr: one held by the JavaScript side until it saw the last event, one by the queue or the PHP
// thread that serves it. Every method may be called from either side as noted; `mutex_` guards all mutable state and
// is a leaf (the port is rung after it was released).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/block.h"
#include "core/failure.h"
#include "core/port.h"
#include "core/request_head.h"
#include "core/spool.h"
#include "core/timers.h"

namespace sidekick::core {

class Instance;
class Scope;

class Exchange {
 public:
  static constexpr std::size_t kBodyHighWater = 256 * 1024;  // request bytes buffered before JavaScript is told to wait
  static constexpr std::size_t kBodyLowWater = 64 * 1024;    // and before it is told to go on
  static constexpr std::size_t kResponseHighWater = 1024 * 1024;  // response bytes unacknowledged before PHP waits

  // `packed_head` as in request_head.h; `scope` outlives every exchange (scopes are never freed).
  Exchange(Scope& scope, std::shared_ptr<Port> port, std::uint32_t id, std::string packed_head);
  // A message: the snapshot of a list with the value in it.
  Exchange(Scope& scope, std::shared_ptr<Port> port, std::uint32_t id, BlockRef message);

  Scope& scope() const { return scope_; }
  std::uint32_t id() const { return id_; }
  const std::string& packed_head() const { return packed_head_; }
  // The HTTP worker it is for (an index into its scope's workers), or -1: a classic thread.
  std::int32_t worker() const { return worker_; }

  // Before it is dispatched: the first bytes of the body are in this file.
  void set_spool(Spool spool) { spool_ = std::move(spool); }
  void set_worker(std::int32_t worker) { worker_ = worker; }

  // --- A message ----------------------------------------------------------------------------------------------
  const Block* message() const { return message_.get(); }  // null: it is a request
  // PHP side, one of these once: the value that came back, in a list as well, or why there is none.
  void answer(BlockRef value);
  void refuse(Failure failure);
  BlockRef take_answer();  // JavaScript side, after the event

  // --- JavaScript side ---------------------------------------------------------------------------------------
  // Appends request body bytes. False: above the high-water mark, wait for the event body_drained.
  bool push_body(std::string chunk);
  void end_body();
  // The client has gone: reads end, writes report it, nothing more is sent to JavaScript.
  void abort();
  // JavaScript has passed on `bytes` of the response; a script that waits for room goes on.
  void acknowledge(std::size_t bytes);
  // Since when a PHP thread serves it; none: it waits for one, or has been served.
  std::optional<TimePoint> served_since() const;

  // --- Supervisor --------------------------------------------------------------------------------------------
  // Who serves it; null: nobody does.
  Instance* server() const;
  // The request has had its time, or its thread's run has: whatever its script waits for ends.
  void force() { force_.request_stop(); }

  // --- PHP side ----------------------------------------------------------------------------------------------
  // From when a thread has taken it until its script has ended.
  void begin_service(Instance& by);
  void end_service();
  std::stop_token force_token() const { return force_.get_token(); }
  // Blocks until bytes, the end (0) or `force`. The body counts as ended once the client has gone.
  std::size_t read_body(char* into, std::size_t size, const std::stop_token& force);
  bool aborted() const { return aborted_.load(std::memory_order_relaxed); }  // relaxed: a hint, acted on whenever seen
  // Sends part of the response; waits while too much is unacknowledged. False: the client has gone, or `force`.
  // `head` is packed (status NUL { header line NUL }) and given once, but for informational ones before it.
  bool send(std::string head, std::string body, std::uint8_t flags, const std::stop_token& force);

 private:
  void break_off();
  void push_response(std::string head, std::string body, std::uint8_t flags);

  Scope& scope_;
  const std::shared_ptr<Port> port_;
  const std::uint32_t id_;
  const std::string packed_head_;
  const BlockRef message_;

  std::int32_t worker_ = -1;
  Spool spool_;  // what is left of it is read by the PHP thread alone

  std::stop_source force_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  BlockRef answer_;
  std::list<std::string> body_;  // not a deque: that allocates while it is empty, and most requests have no body
  std::size_t body_offset_ = 0;  // bytes of body_.front() already read
  std::size_t body_bytes_ = 0;   // unread bytes in body_
  bool body_ended_ = false;
  bool body_paused_ = false;  // JavaScript was told to wait
  bool finished_ = false;     // kLast was sent
  bool broken_ = false;       // aborted from here: JavaScript still waits for an end
  std::size_t unacknowledged_ = 0;
  Instance* server_ = nullptr;
  TimePoint served_since_;  // while there is a server
  std::atomic<bool> aborted_{false};
};

}  // namespace sidekick::core
