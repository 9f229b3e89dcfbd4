#include "php/standard_streams.h"

#include <string_view>

#include "core/script_run.h"
#include "php/output_lines.h"
#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

namespace {

LogLines* lines_of(php_stream* stream) { return static_cast<LogLines*>(stream->abstract); }

ssize_t write_lines(php_stream* stream, const char* text, size_t size) {
  if (ThreadState* state = thread_state()) append_lines(*state, *lines_of(stream), {text, size});
  return static_cast<ssize_t>(size);
}

ssize_t read_nothing(php_stream* stream, char*, size_t) {
  stream->eof = 1;
  return 0;
}

int close_lines(php_stream* stream, int) {
  LogLines* lines = lines_of(stream);
  if (ThreadState* state = thread_state()) flush_lines(*state, *lines);
  delete lines;
  return 0;
}

// Lines leave when they are complete: half of one would be two in the log.
int flush_nothing(php_stream*) { return 0; }

const php_stream_ops line_operations = {write_lines, read_nothing, close_lines, flush_nothing, "STDIO",
                                        nullptr,     nullptr,      nullptr,     nullptr};

// --- of a script that runs once, as on a command line: pipes to whoever runs it. A pipe lives as long as the run, and
// so longer than any stream.

struct RunStream {
  core::BytePipe* pipe;
  bool is_input;
  bool blocks = true;
};

RunStream* run_stream_of(php_stream* stream) { return static_cast<RunStream*>(stream->abstract); }

ssize_t write_pipe(php_stream* stream, const char* text, size_t size) {
  const ThreadState* state = thread_state();
  RunStream* own = run_stream_of(stream);
  if (state == nullptr || own->is_input || !own->pipe->write({text, size}, state->run.force)) return -1;
  return static_cast<ssize_t>(size);
}

ssize_t read_pipe(php_stream* stream, char* into, size_t size) {
  const ThreadState* state = thread_state();
  RunStream* own = run_stream_of(stream);
  if (state == nullptr || !own->is_input) return -1;
  if (!own->blocks && !own->pipe->is_readable()) return 0;
  const std::size_t count = own->pipe->read(into, size, state->run.force);
  if (count == 0) stream->eof = 1;
  return static_cast<ssize_t>(count);
}

int close_pipe(php_stream* stream, int) {
  delete run_stream_of(stream);
  return 0;
}

int set_pipe_option(php_stream* stream, int option, int value, void*) {
  if (option != PHP_STREAM_OPTION_BLOCKING) return PHP_STREAM_OPTION_RETURN_NOTIMPL;
  const bool before = run_stream_of(stream)->blocks;
  run_stream_of(stream)->blocks = value != 0;
  return before ? 1 : 0;
}

const php_stream_ops pipe_operations = {write_pipe, read_pipe, close_pipe, flush_nothing,  "STDIO",
                                        nullptr,    nullptr,   nullptr,    set_pipe_option};

php_stream* open(php_stream_wrapper* wrapper, const char* path, const char* mode, int options, zend_string** opened,
                 php_stream_context* context STREAMS_DC) {
  const ThreadState* state = thread_state();
  core::ScriptRun* script = state == nullptr ? nullptr : state->run.script.get();
  for (const char* own : {"php://stdin", "php://stdout", "php://stderr"}) {
    if (strcasecmp(path, own) != 0) continue;
    if (script == nullptr) return php_stream_alloc_rel(&line_operations, new LogLines, nullptr, mode);
    const std::string_view name = own;
    const bool is_input = name.ends_with("stdin");
    core::BytePipe& pipe = is_input ? script->input : name.ends_with("stdout") ? script->output : script->error;
    return php_stream_alloc_rel(&pipe_operations, (new RunStream{&pipe, is_input}), nullptr, mode);
  }
  return php_stream_php_wrapper.wops->stream_opener(wrapper, path, mode, options, opened, context STREAMS_REL_CC);
}

void define(const char* name, const char* path, const char* mode) {
  php_stream* stream = php_stream_open_wrapper(const_cast<char*>(path), mode, 0, nullptr);
  if (stream == nullptr) return;
  zend_constant constant;
  php_stream_to_zval(stream, &constant.value);
  ZEND_CONSTANT_SET_FLAGS(&constant, 0, 0);
  constant.name = zend_string_init(name, strlen(name), false);
  zend_register_constant(&constant);
}

}  // namespace

bool register_standard_streams() {
  static php_stream_wrapper_ops operations = *php_stream_php_wrapper.wops;
  operations.stream_opener = open;
  static php_stream_wrapper wrapper = php_stream_php_wrapper;
  wrapper.wops = &operations;
  return php_unregister_url_stream_wrapper("php") == SUCCESS &&
         php_register_url_stream_wrapper("php", &wrapper) == SUCCESS;
}

void define_standard_streams() {
  define("STDIN", "php://stdin", "rb");
  define("STDOUT", "php://stdout", "wb");
  define("STDERR", "php://stderr", "wb");
}

}  // namespace sidekick::php
