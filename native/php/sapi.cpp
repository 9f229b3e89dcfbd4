#include "php/sapi.h"

#include <syslog.h>

#include <cstring>
#include <string_view>

#include "core/runtime.h"
#include "core/script_run.h"
#include "php/ini_defaults.h"
#include "php/module.h"
#include "php/output_lines.h"
#include "php/request_info.h"
#include "php/response.h"
#include "php/server_variables.h"
#include "php/thread_state.h"

namespace sidekick::php {

namespace {

int start_modules(sapi_module_struct* module) { return php_module_startup(module, &module_entry()); }

// False: the client has gone. Its own function: the caller may bail out, and no C++ object may be alive there then.
bool write(ThreadState& state, std::string_view text) {
  if (state.exchange) return write_response(state, text);
  if (state.run.script) return state.run.script->output.write(text, state.run.force);
  write_output_lines(state, text);
  return true;
}

size_t unbuffered_write(const char* text, size_t length) {
  ThreadState* state = thread_state();
  if (state == nullptr) return length;
  if (!write(*state, {text, length})) php_handle_aborted_connection();
  return length;
}

void flush(void*) {
  ThreadState* state = thread_state();
  if (state == nullptr || !state->exchange) return;
  sapi_send_headers();
  if (!flush_response(*state)) php_handle_aborted_connection();
}

char* environment_variable(const char* name, size_t length) {
  ThreadState* state = thread_state();
  if (state == nullptr) return nullptr;
  const std::string* value = state->environment.find({name, length});
  return value == nullptr ? nullptr : const_cast<char*>(value->c_str());
}

int send_headers(sapi_headers_struct* headers) {
  if (ThreadState* state = thread_state()) set_response_head(*state, *headers);
  return SAPI_HEADER_SENT_SUCCESSFULLY;
}

// PHP takes a short read for the end of the body, so a read is short at the end only.
size_t read_post(char* into, size_t size) {
  ThreadState* state = thread_state();
  if (state == nullptr || !state->exchange) return 0;
  if ((OG(flags) & PHP_OUTPUT_ACTIVATED) == 0) {
    // Request shutdown reads what a script has left of the body, after it has closed the output: the response is
    // complete, and must not wait for a client that is still sending.
    finish_response(*state);
    return 0;
  }
  size_t total = 0;
  while (total < size) {
    const size_t count = state->exchange->read_body(into + total, size - total, state->run.force);
    if (count == 0) break;
    total += count;
  }
  return total;
}

core::LogLevel level_of(int syslog_priority) {
  switch (syslog_priority) {
    case LOG_EMERG:
    case LOG_ALERT:
    case LOG_CRIT:
    case LOG_ERR: return core::LogLevel::error;
    case LOG_WARNING: return core::LogLevel::warn;
    case LOG_DEBUG: return core::LogLevel::debug;
    default: return core::LogLevel::info;
  }
}

void log_message(const char* message, int syslog_priority) {
  ThreadState* state = thread_state();
  if (state == nullptr) {
    core::Runtime::instance().log(level_of(syslog_priority), message, nullptr);
    return;
  }
  if (core::ScriptRun* script = state->run.script.get()) {  // as on a command line, nobody's log but the user's
    if (script->error.write(message, state->run.force)) script->error.write("\n", state->run.force);
    return;
  }
  const core::WorkerLabel label = state->label();
  core::Runtime::instance().log(level_of(syslog_priority), message, state->scope, &label);
}

// $_ENV: the process's environment, then what the scope and the worker add; not what scripts did with putenv().
void import_environment(zval* into) {
  ThreadState* state = thread_state();
  if (state == nullptr) return;
  const auto add = [into](const core::Environment& layer) {
    for (const auto& [name, value] : layer)
      add_assoc_stringl_ex(into, name.data(), name.size(), value.data(), value.size());
  };
  add(core::Runtime::instance().options().env);
  if (const core::Scope* scope = state->scope) add(scope->options().env);
  add(state->instance.pool().options().env);
  if (state->run.script) add(state->run.script->options().env);
}

// What the children of this thread's script have: one block, which PHP frees (patch 0008).
char** child_environment() {
  ThreadState* state = thread_state();
  if (state == nullptr) return nullptr;
  std::size_t count = 0;
  std::size_t bytes = 0;
  state->environment.each([&](const std::string& name, const std::string& value) {
    count++;
    bytes += name.size() + value.size() + 2;
  });
  auto** const variables = static_cast<char**>(emalloc((count + 1) * sizeof(char*) + bytes));
  auto* text = reinterpret_cast<char*>(variables + count + 1);
  char** next = variables;
  const auto write = [&text](std::string_view part, char end) {
    std::memcpy(text, part.data(), part.size());
    text += part.size();
    *text++ = end;
  };
  state->environment.each([&](const std::string& name, const std::string& value) {
    *next++ = text;
    write(name, '=');
    write(value, '\0');
  });
  *next = nullptr;
  return variables;
}

}  // namespace

sapi_module_struct& sapi() {
  static sapi_module_struct module = [] {
    sapi_module_struct made{};
    made.name = const_cast<char*>("frankenphp");
    made.pretty_name = const_cast<char*>("php-sidekick");
    made.startup = start_modules;
    made.shutdown = php_module_shutdown_wrapper;
    made.ub_write = unbuffered_write;
    made.flush = flush;
    made.getenv = environment_variable;
    made.sapi_error = php_error;
    made.send_headers = send_headers;
    made.read_post = read_post;
    made.read_cookies = read_cookies;
    made.register_server_variables = register_server_variables;
    made.log_message = log_message;
    made.ini_defaults = set_ini_defaults;
    made.php_ini_ignore = 1;  // no php.ini of the system: what a script sees depends on what Runtime.start() says
    made.php_ini_ignore_cwd = 1;
    return made;
  }();
  php_import_environment_variables = import_environment;
  virtual_environment = child_environment;
  return module;
}

}  // namespace sidekick::php
