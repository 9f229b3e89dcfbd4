// Worker mode: one script handles request after request through frankenphp_handle_request().
//
//   boot (no request) ──► handle_request ──► wait ──► request startup ──► callback ──► request shutdown ──┐
//                              ▲                                                            returns true ◄┘
//                              └─ drain, maxRequests: returns false, the script ends and is run again or not
//
// Between two requests only what PHP calls request state is reset, by the rules of FrankenPHP: superglobals (but
// $_ENV), headers, status, output buffers, uploads, the session. Globals, statics, classes, handlers and putenv() stay.
#include "core/runtime.h"
#include "php/functions.h"
#include "php/message.h"
#include "php/request_info.h"
#include "php/response.h"
#include "php/script.h"
#include "php/serve.h"
#include "php/session_reset.h"
#include "php/uncaught.h"

namespace sidekick::php {

namespace {

// Modules that keep what they know of the request in globals of their own (filter its input, zlib the encoding that the
// client takes): their request hooks run for each request.
constexpr const char* kModulesToReset[] = {"filter", "zlib"};

void call_module_hooks(bool startup) {
  for (const char* name : kModulesToReset) {
    auto* module = static_cast<zend_module_entry*>(zend_hash_str_find_ptr(&module_registry, name, strlen(name)));
    if (module == nullptr) continue;
    const auto hook = startup ? module->request_startup_func : module->request_shutdown_func;
    if (hook != nullptr) hook(module->type, module->module_number);
  }
}

// $_GET, $_POST, $_COOKIE, $_FILES and $_SERVER are made anew; $_REQUEST only when the script has used it (it is made
// on first use otherwise); $_ENV stays.
void reset_superglobals() {
  zval* files = &PG(http_globals)[TRACK_VARS_FILES];
  zval_ptr_dtor_nogc(files);
  ZVAL_UNDEF(files);
  void* entry;
  ZEND_HASH_MAP_FOREACH_PTR(CG(auto_globals), entry) {
    auto* global = static_cast<zend_auto_global*>(entry);
    const bool is_server = zend_string_equals_literal(global->name, "_SERVER");
    if (zend_string_equals_literal(global->name, "_ENV")) continue;
    if (global->auto_global_callback == nullptr) {
      global->armed = false;
    } else if (!global->jit || is_server ||
               (zend_string_equals_literal(global->name, "_REQUEST") &&
                zend_hash_exists(&EG(symbol_table), global->name))) {
      global->armed = global->auto_global_callback(global->name);
    }
  }
  ZEND_HASH_FOREACH_END();
}

// Time counts while a request is executed; it does not for what a script does outside, nor while it waits. PHP forgets
// whether its timer runs: with no timeout it takes the next call of this for one that has nothing to do, which saves
// the system call.
void stop_timer() {
  zend_unset_timeout();
  EG(timeout_seconds) = 0;
}

void start_timer(zend_long seconds) {
  if (seconds == 0) zend_unset_timeout();  // zend_set_timeout() lets a timer run on then
  zend_set_timeout(seconds, false);        // the thread's signals are as the start of its script has set them
}

// The part of php_request_startup() that is needed by whatever runs.
void start_output() {
  php_output_activate();
  PG(header_is_being_sent) = false;
  PG(connection_status) = PHP_CONNECTION_NORMAL;
  sapi_activate();
}

// What a script does outside requests: its output goes to the log, and the superglobals are the last request's.
void leave_request() {
  SG(request_info).no_headers = 1;
  zend_try {
    start_output();
    call_module_hooks(true);
  }
  zend_end_try();
  SG(sapi_started) = true;
}

// The part of php_request_startup() that belongs to a request rather than to a script.
bool start_request() {
  volatile bool started = true;
  // Parsing a request raises warnings; a handler of the script's would turn them into exceptions before its callback
  // has begun (design.md, trap 13).
  zval user_error_handler;
  ZVAL_COPY_VALUE(&user_error_handler, &EG(user_error_handler));
  ZVAL_UNDEF(&EG(user_error_handler));
  zend_try {
    start_output();
    start_timer(PG(max_input_time) == -1 ? INI_INT("max_execution_time") : PG(max_input_time));
    if (PG(expose_php)) sapi_add_header(SAPI_PHP_VERSION_HEADER, sizeof(SAPI_PHP_VERSION_HEADER) - 1, true);
    if (PG(output_handler) != nullptr && PG(output_handler)[0] != '\0') {
      zval handler;
      ZVAL_STRING(&handler, PG(output_handler));
      php_output_start_user(&handler, 0, PHP_OUTPUT_HANDLER_STDFLAGS);
      zval_ptr_dtor(&handler);
    } else if (PG(output_buffering) != 0) {
      php_output_start_user(nullptr, PG(output_buffering) > 1 ? PG(output_buffering) : 0, PHP_OUTPUT_HANDLER_STDFLAGS);
    } else if (PG(implicit_flush)) {
      php_output_set_implicit_flush(1);
    }
    reset_superglobals();
    call_module_hooks(true);
  }
  zend_catch { started = false; }
  zend_end_try();
  ZVAL_COPY_VALUE(&EG(user_error_handler), &user_error_handler);
  SG(sapi_started) = true;
  return started;
}

// A php://input stream that the script still holds reads from the request's body.
bool input_stream_is_open() {
  void* entry;
  ZEND_HASH_FOREACH_PTR(&EG(regular_list), entry) {
    const auto* resource = static_cast<zend_resource*>(entry);
    if (resource->type != php_file_le_stream() || resource->ptr == nullptr) continue;
    if (strcmp(static_cast<php_stream*>(resource->ptr)->ops->label, "Input") == 0) return true;
  }
  ZEND_HASH_FOREACH_END();
  return false;
}

// error_get_last() must not tell one client of another's errors.
void forget_last_error() {
  for (zend_string** text : {&PG(last_error_message), &PG(last_error_file)}) {
    if (*text != nullptr) zend_string_release(*text);
    *text = nullptr;
  }
  PG(last_error_type) = 0;
  PG(last_error_lineno) = 0;
}

// The part of php_request_shutdown() that belongs to a request. Returns how what it has run of the script has ended.
Outcome end_request() {
  Outcome outcome = run_step([] { php_output_end_all(); });
  outcome = worse(outcome, run_step([] { call_module_hooks(false); }));
  outcome = worse(outcome, reset_session());
  outcome = worse(outcome, run_step([] { php_output_deactivate(); }));
  php_stream* body = SG(request_info).request_body;
  outcome = worse(outcome, run_step([] { sapi_deactivate(); }));
  if (body != nullptr && !input_stream_is_open()) php_stream_close(body);
  clear_request_info();
  forget_last_error();
  zend_set_memory_limit(PG(memory_limit));
  return outcome;
}

// The script has called exit(), or met a fatal error, where nobody could see it end.
void end_run(Outcome outcome) {
  if (outcome == Outcome::fatal) zend_bailout();
  zend_throw_unwind_exit();
}

bool take_request(ThreadState& state) {
  const std::uint32_t limit = state.instance.pool().options().max_requests;
  if (limit != 0 && state.run_requests >= limit) return false;
  while ((state.exchange = state.instance.pool().queue().take(state.run.drain))) {
    if (state.exchange->message() != nullptr) {
      if (state.exchange->aborted()) continue;
      state.message = std::move(state.exchange);
      return true;
    }
    state.service.begin(state);
    if (state.exchange->aborted()) {  // asked once it can be found: see Runtime::stop_request()
      state.service.end(state);
      continue;
    }
    if (auto head = core::RequestHead::parse(state.exchange->packed_head())) {
      state.head = std::move(*head);
      begin_response(state);
      return true;
    }
    state.exchange->send(std::string("400\0", 4), "", core::Event::kHasHead | core::Event::kLast, state.run.force);
    state.service.end(state);
  }
  return false;
}

void close_exchange(ThreadState& state) {
  if (state.exchange) {
    finish_response(state);
    state.service.end(state);
  }
  state.exchange.reset();
  state.message.reset();
  state.head = {};
  state.run_requests++;
  state.worked = true;
  state.instance.requests.fetch_add(1, std::memory_order_relaxed);
  state.instance.memory_bytes.store(zend_memory_usage(true), std::memory_order_relaxed);
  state.instance.end_request();
}

}  // namespace

core::RunReport serve_http_worker(ThreadState& state) {
  const int exit_status = run_worker_script(state);
  EG(timeout_seconds) = INI_INT("max_execution_time");  // see stop_timer()
  if (state.in_handler) {  // the script ended inside the callback: exit(), a fatal error, force
    refuse_message(state, "ended before it had answered");
    close_exchange(state);
  }
  state.in_handler = false;
  clear_request_info();
  return {.exit_status = exit_status,
          .reached_ready = state.reached_ready,
          .worked = state.worked,
          .last_error = state.last_error};
}

}  // namespace sidekick::php

using namespace sidekick::php;

PHP_FUNCTION(sidekick_handle_request) {
  zend_fcall_info call;
  zend_fcall_info_cache callee;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_FUNC(call, callee)
  ZEND_PARSE_PARAMETERS_END();

  ThreadState* state = thread_state();
  if (state == nullptr || !state->is_http_worker()) {
    zend_throw_exception(spl_ce_RuntimeException, "frankenphp_handle_request() called while not in worker mode", 0);
    RETURN_THROWS();
  }
  if (state->in_handler) {
    zend_throw_exception(spl_ce_RuntimeException, "frankenphp_handle_request() called while handling a request", 0);
    RETURN_THROWS();
  }
  stop_timer();
  // What precedes the first call, and what the script did since the last one, was outside any request.
  if (const Outcome outcome = end_request(); outcome != Outcome::well) {
    leave_request();
    end_run(outcome);
    RETURN_THROWS();
  }
  become_ready(*state);
  if (!take_request(*state)) {
    leave_request();
    RETURN_FALSE;
  }

  state->instance.begin_request(state->message ? state->message : state->exchange);
  state->in_handler = true;
  PG(register_argc_argv) = INI_BOOL("register_argc_argv");  // the boot's arguments are not a request's
  if (state->message) {
    SG(request_info).no_headers = 1;
  } else {
    set_request_info(*state);
  }
  if (!start_request()) zend_bailout();  // a fatal error while parsing: the run ends and the response with it
  if (PG(max_input_time) != -1) start_timer(INI_INT("max_execution_time"));

  Outcome outcome = Outcome::well;
  zval argument;
  zval result;
  ZVAL_UNDEF(&argument);
  ZVAL_UNDEF(&result);
  call.retval = &result;
  if (!state->message || give_message(*state, &argument)) {
    call.params = &argument;
    call.param_count = state->message ? 1 : 0;
    zend_call_function(&call, &callee);
  }
  if (state->message && EG(exception) == nullptr) answer_message(*state, &result);
  zval_ptr_dtor(&argument);
  zval_ptr_dtor(&result);
  if (EG(exception) != nullptr) {
    // exit() unwinds to the end of the script, whose shutdown completes the response; the script is then run again.
    if (zend_is_unwind_exit(EG(exception)) || zend_is_graceful_exit(EG(exception))) RETURN_THROWS();
    outcome = report_uncaught();
    if (state->message) {
      note_last_error(*state);
      refuse_message(*state, "could not handle the message");
    }
  }
  stop_timer();
  outcome = worse(outcome, end_request());
  close_exchange(*state);
  state->in_handler = false;
  leave_request();
  if (outcome != Outcome::well) {
    end_run(outcome);
    RETURN_THROWS();
  }
  RETURN_TRUE;
}
