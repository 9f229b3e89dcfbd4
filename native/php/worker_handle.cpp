// frankenphp_get_worker_handle(): a stream over a duplicate of the run's stop pipe. Selecting on it or reading it is
// what makes an instance ready (contract, "ready"), so it has stream operations of its own.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "php/functions.h"
#include "php/tasks.h"
#include "php/thread_state.h"

namespace sidekick::php {

namespace {

// The stream's own pointer holds the descriptor, and of a signaling stream whether it has said "stop".
constexpr std::intptr_t kTold = std::intptr_t{1} << 32;

int descriptor_of(php_stream* stream) { return static_cast<int>(reinterpret_cast<std::intptr_t>(stream->abstract)); }

void waited_on() {
  ThreadState* state = thread_state();
  if (state == nullptr) return;
  become_ready(*state);
  state->instance.memory_bytes.store(zend_memory_usage(true), std::memory_order_relaxed);  // for status, now and then
}

// What was read was a wake-up: the next task gives another.
void heard() {
  const ThreadState* state = thread_state();
  if (state != nullptr && state->run.stop_pipe) state->run.stop_pipe->heard();
}

ssize_t refuse_write(php_stream*, const char*, size_t) {
  php_error_docref(nullptr, E_NOTICE, "the worker handle cannot be written to");
  return -1;
}

// default_socket_timeout and the like do not apply: a read waits until there is something, or the end, or force.
ssize_t read_pipe(php_stream* stream, char* into, size_t size) {
  waited_on();
  for (;;) {
    const ssize_t count = ::read(descriptor_of(stream), into, size);
    if (count > 0) heard();
    if (count >= 0 || errno != EINTR) return count;
    if (zend_atomic_bool_load(&EG(vm_interrupt))) return -1;  // forced, or timed out: let PHP see to it
  }
}

ssize_t read_handle(php_stream* stream, char* into, size_t size) {
  const ssize_t count = read_pipe(stream, into, size);
  if (count == 0) stream->eof = 1;
  return count;
}

ssize_t read_signals(php_stream* stream, char* into, size_t size) {
  const ssize_t count = read_pipe(stream, into, size);
  if (count != 0) return count;
  const auto state = reinterpret_cast<std::intptr_t>(stream->abstract);
  constexpr std::string_view kStop = "stop\n";
  if ((state & kTold) != 0 || size < kStop.size()) {
    stream->eof = 1;
    return 0;
  }
  stream->abstract = reinterpret_cast<void*>(state | kTold);  // NOLINT(performance-no-int-to-ptr): see kTold
  memcpy(into, kStop.data(), kStop.size());
  return static_cast<ssize_t>(kStop.size());
}

int close_handle(php_stream* stream, int close_descriptor) {
  if (close_descriptor != 0) ::close(descriptor_of(stream));
  return 0;
}

int flush_nothing(php_stream*) { return 0; }

int cast_handle(php_stream* stream, int as, void** into) {
  switch (as) {
    case PHP_STREAM_AS_FD_FOR_SELECT: waited_on(); [[fallthrough]];
    case PHP_STREAM_AS_FD:
      if (into != nullptr) *reinterpret_cast<int*>(into) = descriptor_of(stream);
      return SUCCESS;
    default: return FAILURE;
  }
}

int stat_handle(php_stream* stream, php_stream_statbuf* into) { return fstat(descriptor_of(stream), &into->sb); }

int set_handle_option(php_stream* stream, int option, int value, void*) {
  if (option != PHP_STREAM_OPTION_BLOCKING) return PHP_STREAM_OPTION_RETURN_NOTIMPL;
  // Status flags belong to the pipe, not to the duplicate, so this lasts for the run, whichever stream is closed.
  const int flags = fcntl(descriptor_of(stream), F_GETFL);
  if (flags < 0) return -1;
  const int previous = (flags & O_NONBLOCK) == 0 ? 1 : 0;
  const int wanted = value != 0 ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  return fcntl(descriptor_of(stream), F_SETFL, wanted) < 0 ? -1 : previous;
}

const php_stream_ops handle_operations = {refuse_write, read_handle, close_handle, flush_nothing,    "worker-handle",
                                          nullptr,      cast_handle, stat_handle,  set_handle_option};

const php_stream_ops signaling_operations = {refuse_write,  read_signals,       close_handle,
                                             flush_nothing, "signaling-stream", nullptr,
                                             cast_handle,   stat_handle,        set_handle_option};

// The stream made last, unless the script has closed it; then our hold on its number is given back.
php_stream* current_stream(int& number, const php_stream_ops& operations) {
  if (number == 0) return nullptr;
  auto* resource = static_cast<zend_resource*>(zend_hash_index_find_ptr(&EG(regular_list), number));
  if (resource == nullptr) return nullptr;
  if (resource->type != php_file_le_stream()) {
    if (resource->type < 0) zend_list_delete(resource);
    number = 0;
    return nullptr;
  }
  auto* stream = static_cast<php_stream*>(resource->ptr);
  return stream != nullptr && stream->ops == &operations ? stream : nullptr;
}

// Gives the stream over the run's pipe, the same at each call unless the script has closed it. `number`: its
// resource's.
void give_stream(ThreadState& state, int& number, const php_stream_ops& operations, zval* into) {
  php_stream* stream = current_stream(number, operations);
  if (stream == nullptr) {
    const int descriptor = fcntl(state.run.stop_pipe->read_end(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
      zend_throw_exception_ex(spl_ce_RuntimeException, 0, "no descriptor for the worker handle: %s", strerror(errno));
      return;
    }
    // NOLINTNEXTLINE(performance-no-int-to-ptr): see kTold
    stream =
        php_stream_alloc(&operations, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)), nullptr, "r");
    stream->flags |= PHP_STREAM_FLAG_NO_SEEK | PHP_STREAM_FLAG_AVOID_BLOCKING;
    // The reference that it was made with is the worker's own: it stays when a script lets go of its variable.
    number = static_cast<int>(stream->res->handle);
  }
  GC_ADDREF(stream->res);
  php_stream_to_zval(stream, into);
}

}  // namespace

bool tick_handle(ThreadState& state) {
  become_ready(state);
  core::StopPipe& pipe = *state.run.stop_pipe;
  pollfd poll{.fd = pipe.read_end(), .events = POLLIN, .revents = 0};
  while (::poll(&poll, 1, 0) > 0) {
    char wake_ups[64];
    const ssize_t count = ::read(pipe.read_end(), wake_ups, sizeof wake_ups);
    if (count == 0) return false;
    if (count > 0) pipe.heard();
  }
  return !state.run.drain.stop_requested();
}

void forget_handle(ThreadState& state) {
  state.handle_resource = 0;
  state.signaling_resource = 0;
}

}  // namespace sidekick::php

using namespace sidekick::php;

PHP_FUNCTION(sidekick_get_worker_handle) {
  ZEND_PARSE_PARAMETERS_NONE();
  ThreadState* state = background_state("frankenphp_get_worker_handle");
  if (state == nullptr) RETURN_THROWS();
  give_stream(*state, state->handle_resource, handle_operations, return_value);
}

PHP_FUNCTION(sidekick_get_signaling_stream) {
  ZEND_PARSE_PARAMETERS_NONE();
  ThreadState* state = background_state("frankenphp_worker_get_signaling_stream");
  if (state == nullptr) RETURN_THROWS();
  give_stream(*state, state->signaling_resource, signaling_operations, return_value);
}

PHP_FUNCTION(sidekick_should_stop) {
  ZEND_PARSE_PARAMETERS_NONE();
  ThreadState* state = background_state("frankenphp_sidekick_should_stop");
  if (state == nullptr) RETURN_THROWS();
  become_ready(*state);  // the first iteration's scripts wait by asking this
  RETURN_BOOL(state->run.drain.stop_requested());
}
