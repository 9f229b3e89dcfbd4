#include "php/task_stream.h"

#include <cerrno>
#include <cstring>

#include "php/tasks.h"
#include "php/thread_state.h"

namespace sidekick::php {

namespace {

zif_handler fclose_body = nullptr;

core::Task& task_of(php_stream* stream) { return *static_cast<core::Task*>(stream->abstract); }

// The script itself calls fclose(), rather than the engine letting go of a stream that nobody has any more.
bool is_fclose() {
  const zend_execute_data* frame = EG(current_execute_data);
  return frame != nullptr && frame->func != nullptr && frame->func->type == ZEND_INTERNAL_FUNCTION &&
         frame->func->internal_function.handler == fclose_body;
}

ssize_t refuse_write(php_stream*, const char*, size_t) {
  php_error_docref(nullptr, E_NOTICE, "a task's stream cannot be written to, see frankenphp_worker_task_update()");
  return -1;
}

bool is_over(php_stream* stream);

ssize_t read_nothing(php_stream* stream, char*, size_t) {
  stream->eof = is_over(stream) ? 1 : 0;
  return 0;
}

int close_sent(php_stream* stream, int) {
  const core::TaskRef task = core::TaskRef::adopt(&task_of(stream));
  stream->abstract = nullptr;
  task->cancel();
  return 0;
}

int close_received(php_stream* stream, int) {
  const core::TaskRef task = core::TaskRef::adopt(&task_of(stream));
  stream->abstract = nullptr;
  if (is_fclose()) {
    complete_task(*task);
  } else {
    task->fail(core::worker_left());
  }
  return 0;
}

int flush_nothing(php_stream*) { return 0; }

template <int (core::Task::*Descriptor)()>
int cast_task(php_stream* stream, int as, void** into) {
  if (as != PHP_STREAM_AS_FD && as != PHP_STREAM_AS_FD_FOR_SELECT) return FAILURE;
  const int descriptor = (task_of(stream).*Descriptor)();
  if (descriptor < 0) {
    php_error_docref(nullptr, E_WARNING, "no descriptor for a task: %s", strerror(errno));
    return FAILURE;
  }
  if (into != nullptr) *reinterpret_cast<int*>(into) = descriptor;
  return SUCCESS;
}

int set_task_option(php_stream* stream, int option, int, void*) {
  if (option != PHP_STREAM_OPTION_CHECK_LIVENESS) return PHP_STREAM_OPTION_RETURN_NOTIMPL;
  return is_over(stream) ? PHP_STREAM_OPTION_RETURN_ERR : PHP_STREAM_OPTION_RETURN_OK;  // feof() asks
}

const php_stream_ops sent_operations = {refuse_write,
                                        read_nothing,
                                        close_sent,
                                        flush_nothing,
                                        "sent-task",
                                        nullptr,
                                        cast_task<&core::Task::sender_descriptor>,
                                        nullptr,
                                        set_task_option};

const php_stream_ops received_operations = {refuse_write,
                                            read_nothing,
                                            close_received,
                                            flush_nothing,
                                            "received-task",
                                            nullptr,
                                            cast_task<&core::Task::receiver_descriptor>,
                                            nullptr,
                                            set_task_option};

bool is_over(php_stream* stream) {
  const core::Task& task = task_of(stream);
  return stream->ops == &sent_operations ? task.over() : task.cancelled();
}

void make_stream(core::Task& held, const php_stream_ops& operations, zval* into) {
  php_stream* stream = php_stream_alloc(&operations, &held, nullptr, "r");
  stream->flags |= PHP_STREAM_FLAG_NO_SEEK | PHP_STREAM_FLAG_AVOID_BLOCKING;
  static_cast<void>(thread_state()->tasks.take(held).release());  // the stream's now
  php_stream_to_zval(stream, into);
}

core::Task* task_behind(zval* value, const php_stream_ops& operations, const char* function, const char* maker) {
  const zend_resource* resource = Z_RES_P(value);
  if (resource->type < 0 || resource->ptr == nullptr) {
    zend_throw_exception_ex(spl_ce_RuntimeException, 0, "%s(): the task's stream is closed", function);
    return nullptr;
  }
  auto* stream = resource->type == php_file_le_stream() ? static_cast<php_stream*>(resource->ptr) : nullptr;
  if (stream == nullptr || stream->ops != &operations) {
    zend_value_error("%s(): Argument #1 ($stream) must be a stream that %s returned", function, maker);
    return nullptr;
  }
  return &task_of(stream);
}

}  // namespace

bool register_task_streams() {
  const auto* function = static_cast<zend_function*>(zend_hash_str_find_ptr(CG(function_table), ZEND_STRL("fclose")));
  if (function == nullptr || function->type != ZEND_INTERNAL_FUNCTION) return false;
  fclose_body = function->internal_function.handler;
  return true;
}

void make_sender_stream(core::Task& held, zval* into) { make_stream(held, sent_operations, into); }

void make_receiver_stream(core::Task& held, zval* into) { make_stream(held, received_operations, into); }

core::Task* sent_task(zval* stream, const char* function) {
  return task_behind(stream, sent_operations, function, "frankenphp_worker_task_send()");
}

core::Task* received_task(zval* stream, const char* function) {
  return task_behind(stream, received_operations, function, "frankenphp_worker_task_receive()");
}

}  // namespace sidekick::php
