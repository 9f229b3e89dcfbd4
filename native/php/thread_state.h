// What a PHP thread knows about itself: the instance it serves, the run and the request under way, and what they hold
// that must outlive a bailout. One per PHP thread, made and destroyed by engine.cpp's serve().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/exchange.h"
#include "core/pool.h"
#include "core/request_head.h"
#include "php/environment.h"
#include "php/locale.h"
#include "php/log_lines.h"
#include "php/service.h"
#include "php/task_hands.h"
#include "php/vars_cache.h"

namespace sidekick::php {

// Response bytes of the request under way, on their way to its exchange.
struct ResponseBuffer {
  std::string head;  // packed, once PHP has sent its headers
  std::string body;
  bool has_head = false;  // PHP has sent its headers (they may be waiting in `head`)
  bool started = false;   // the head has left
  bool cut = false;       // part of it could not be passed on
  bool finished = false;  // nothing more will be passed on (finish_request, or the end)
};

struct ThreadState {
  explicit ThreadState(core::Instance& served) : instance(served), scope(served.pool().scope()), vars(&served) {}

  core::Instance& instance;
  core::Run run;
  // The scope whose names this thread may use: its pool's, or that of the classic request under way; null between
  // those.
  core::Scope* scope;

  // The request under way: a classic request, or one that an HTTP worker handles.
  std::shared_ptr<core::Exchange> exchange;
  std::shared_ptr<core::Exchange> message;  // or the message that an HTTP worker handles
  core::RequestHead head;                   // views into exchange->packed_head()
  Service service;
  ResponseBuffer response;
  std::string cookies;  // joined, when a client sent several Cookie headers

  std::vector<char*> arguments;  // of a background worker or a script; views into its options

  ThreadLocale locale;
  bool owns_file_mask = false;  // unshare(CLONE_FS) was allowed
  bool healthy = true;          // PHP's own state of this thread can be used for another run
  bool inside = false;          // counted at the runtime's gate (php/opcache.h)
  std::uint64_t restarts = 0;   // of opcache, when it was inside last
  core::TimePoint paths_known_since = core::TimePoint::min();  // of its realpath cache
  bool reached_ready = false;                                  // in this run
  bool worked = false;      // a request was handled, or a task completed, in this run
  bool in_handler = false;  // between a worker's request startup and shutdown
  std::uint64_t run_requests = 0;
  core::LastError last_error;

  struct InterruptTarget* interrupts = nullptr;  // php/interrupt.cpp; while this thread has a PHP

  VarsCache vars;  // what this thread has read, and the pins that keep it alive
  TaskHands tasks;
  EnvironmentTable environment;
  LogLines output;  // of scripts without a client
  // Numbers of the streams that frankenphp_get_worker_handle() and …_get_signaling_stream() returned last; 0: none.
  int handle_resource = 0;
  int signaling_resource = 0;

  core::PoolKind kind() const { return instance.pool().kind(); }
  bool is_background() const { return kind() == core::PoolKind::background; }
  bool is_script() const { return kind() == core::PoolKind::script; }
  bool is_http_worker() const { return kind() == core::PoolKind::http_worker; }

  core::WorkerLabel label() const;
};

// The calling thread's state; null on the runtime's main thread and on threads that are not ours.
extern thread_local constinit ThreadState* current_thread_state;  // constinit: no wrapper that looks whether it is made
inline ThreadState* thread_state() { return current_thread_state; }
void set_thread_state(ThreadState* state);

// Tells the supervisor, the first time in a run.
void become_ready(ThreadState& state);

}  // namespace sidekick::php
