#include "php/script.h"

#include "core/runtime.h"
#include "php/command_line.h"
#include "php/interrupt.h"
#include "php/opcache.h"
#include "php/output_lines.h"
#include "php/request_info.h"
#include "php/standard_streams.h"

namespace sidekick::php {

// What PHP complained of last, as it has it until request shutdown. A script that ended well has nothing to explain by
// a warning it went on after; one that did not may have exited because of it.
void note_last_error(ThreadState& state) noexcept {
  state.last_error = {};
  constexpr int kFatal = E_ERROR | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR | E_PARSE;
  if (PG(last_error_message) == nullptr) return;
  if (EG(exit_status) == 0 && (PG(last_error_type) & kFatal) == 0) return;
  state.last_error.message.assign(ZSTR_VAL(PG(last_error_message)), ZSTR_LEN(PG(last_error_message)));
  if (PG(last_error_file) != nullptr)
    state.last_error.file.assign(ZSTR_VAL(PG(last_error_file)), ZSTR_LEN(PG(last_error_file)));
  state.last_error.line = static_cast<std::uint32_t>(PG(last_error_lineno));
}

namespace {

void set_for_this_run(const char* name, const char* value) {
  zend_string* key = zend_string_init(name, strlen(name), false);
  zend_alter_ini_entry_chars(key, value, strlen(value), PHP_INI_SYSTEM, PHP_INI_STAGE_RUNTIME);
  zend_string_release(key);
}

// What differs from a request for a script that has no client. max_execution_time is armed by request startup and again
// by script execution (design.md, trap 9): 0 disarms the one and keeps the other from arming it. Errors are logged;
// displaying them as well would log them twice.
void set_background_defaults() {
  set_for_this_run("max_execution_time", "0");
  set_for_this_run("display_errors", "0");
  set_for_this_run("html_errors", "0");
}

void execute(ThreadState& state, const char* file) {
  zend_file_handle handle;
  zend_stream_init_filename(&handle, file);
  handle.primary_script = true;
  CG(skip_shebang) = true;
  EG(exit_status) = 0;
  look_at_files_again(state);
  if (state.is_background()) set_background_defaults();
  if (state.is_http_worker()) set_for_this_run("ignore_user_abort", "1");  // a client that leaves is no reason to die
  if (!state.exchange) define_standard_streams();
  php_execute_script(&handle);
  zend_destroy_file_handle(&handle);
}

}  // namespace

int run_script(ThreadState& state, const char* file) {
  volatile int exit_status = 255;
  state.last_error = {};
  enter_php(state);
  enter_script(state);
  // Each step catches most bailouts itself; one that comes in between would find no one to catch it and end the
  // process.
  zend_first_try {
    if (state.is_script()) set_command_line_settings();
    if (php_request_startup() == SUCCESS) {
      if (state.is_script()) begin_command_line(state);
      execute(state, file);
      exit_status = EG(exit_status);
    }
    note_last_error(state);
    state.instance.memory_bytes.store(zend_memory_usage(true), std::memory_order_relaxed);
  }
  zend_catch {
    note_last_error(state);
    exit_status = 255;
  }
  zend_end_try();
  leave_script(state);
  zend_first_try { php_request_shutdown(nullptr); }
  zend_catch { state.healthy = false; }
  zend_end_try();
  end_script(state);
  // What is left of a request that could not be shut down goes before this thread leaves PHP, and what it holds of
  // snapshots after that (engine.cpp).
  if (!state.healthy) return exit_status;
  leave_php(state);
  state.vars.release();
  state.tasks.release();
  return exit_status;
}

// $argv, $argc and their entries in $_SERVER (contract L06). register_argc_argv is off (ini_defaults.cpp);
// background workers are command line programs in all but name, and have it on as those do.
void set_arguments(ThreadState& state, std::initializer_list<const std::string*> first,
                   const std::vector<std::string>& rest) {
  state.arguments.clear();
  for (const std::string* argument : first) state.arguments.push_back(const_cast<char*>(argument->c_str()));
  for (const std::string& argument : rest) state.arguments.push_back(const_cast<char*>(argument.c_str()));
  SG(request_info).argc = static_cast<int>(state.arguments.size());
  SG(request_info).argv = state.arguments.data();
  PG(register_argc_argv) = true;  // this thread's own, and it serves this pool only
}

int run_worker_script(ThreadState& state) {
  const core::Pool& pool = state.instance.pool();
  state.environment.reset(&core::Runtime::instance().options().env, &pool.scope()->options().env, &pool.options().env);
  clear_request_info();
  SG(request_info).path_translated = const_cast<char*>(pool.options().file.c_str());
  SG(request_info).no_headers = 1;
  // An HTTP worker is no command line program; its boot has arguments only when it was given some.
  const auto& args = pool.options().args;
  if (state.is_background() || !args.empty()) set_arguments(state, {&pool.options().file, &pool.name()}, args);
  const int exit_status = run_script(state, pool.options().file.c_str());
  clear_request_info();
  flush_output_lines(state);
  return exit_status;
}

}  // namespace sidekick::php
