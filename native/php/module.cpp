#include "php/module.h"

#include "php/arginfo.h"
#include "php/command_line.h"
#include "php/functions.h"
#include "php/interrupt.h"
#include "php/opcache.h"
#include "php/session_reset.h"
#include "php/standard_streams.h"
#include "php/task_stream.h"
#include "php/thread_state.h"

namespace sidekick::php {

namespace {

// clang-format off: one a line
const zend_function_entry functions[] = {
    ZEND_NAMED_FE(frankenphp_set_vars, ZEND_FN(sidekick_set_vars), arginfo_set_vars) ZEND_NAMED_FE(
        frankenphp_sidekick_set_vars, ZEND_FN(sidekick_set_vars),
        arginfo_set_vars) ZEND_NAMED_FE(frankenphp_get_vars, ZEND_FN(sidekick_get_vars), arginfo_get_vars)
        ZEND_NAMED_FE(frankenphp_sidekick_get_vars, ZEND_FN(sidekick_get_vars), arginfo_get_vars) ZEND_NAMED_FE(
            frankenphp_ensure_background_worker, ZEND_FN(sidekick_ensure_background_worker),
            arginfo_ensure) ZEND_NAMED_FE(frankenphp_get_worker_handle, ZEND_FN(sidekick_get_worker_handle),
                                          arginfo_handle) ZEND_NAMED_FE(frankenphp_worker_get_signaling_stream,
                                                                        ZEND_FN(sidekick_get_signaling_stream),
                                                                        arginfo_handle)
            ZEND_NAMED_FE(frankenphp_sidekick_should_stop, ZEND_FN(sidekick_should_stop),
                          arginfo_returns_bool) ZEND_NAMED_FE(frankenphp_handle_request,
                                                              ZEND_FN(sidekick_handle_request), arginfo_handle_request)
                ZEND_NAMED_FE(frankenphp_finish_request, ZEND_FN(sidekick_finish_request), arginfo_returns_bool)
                    ZEND_NAMED_FE(fastcgi_finish_request, ZEND_FN(sidekick_finish_request), arginfo_returns_bool)
                        ZEND_NAMED_FE(frankenphp_request_headers, ZEND_FN(sidekick_request_headers),
                                      arginfo_returns_array) ZEND_NAMED_FE(apache_request_headers,
                                                                           ZEND_FN(sidekick_request_headers),
                                                                           arginfo_returns_array)
                            ZEND_NAMED_FE(getallheaders, ZEND_FN(sidekick_request_headers), arginfo_returns_array)
                                ZEND_NAMED_FE(frankenphp_response_headers, ZEND_FN(sidekick_response_headers),
                                              arginfo_returns_array) ZEND_NAMED_FE(apache_response_headers,
                                                                                   ZEND_FN(sidekick_response_headers),
                                                                                   arginfo_returns_array)
                                    ZEND_NAMED_FE(headers_send, ZEND_FN(sidekick_headers_send), arginfo_headers_send)
                                        ZEND_NAMED_FE(frankenphp_log, ZEND_FN(sidekick_log), arginfo_log) ZEND_NAMED_FE(
                                            frankenphp_worker_task_send, ZEND_FN(sidekick_task_send), arginfo_task_send)
                                            ZEND_NAMED_FE(frankenphp_worker_task_read, ZEND_FN(sidekick_task_read),
                                                          arginfo_task_read)
                                                ZEND_NAMED_FE(frankenphp_worker_task_receive,
                                                              ZEND_FN(sidekick_task_receive), arginfo_task_receive)
                                                    ZEND_NAMED_FE(frankenphp_worker_task_update,
                                                                  ZEND_FN(sidekick_task_update), arginfo_task_update)
                                                        ZEND_FE_END};
// clang-format on

// Gives a function of PHP's own another body; its declaration stays.
bool replace_body(const char* name, zif_handler body) {
  auto* function = static_cast<zend_function*>(zend_hash_str_find_ptr(CG(function_table), name, strlen(name)));
  if (function == nullptr || function->type != ZEND_INTERNAL_FUNCTION) return false;
  function->internal_function.handler = body;
  return true;
}

zend_result start_module(int, int module_number) {
  register_interrupts();
  register_opcache();
  register_log_levels(module_number);
  register_handle_classes();
  const bool replaced =
      replace_body("getenv", ZEND_FN(sidekick_getenv)) && replace_body("putenv", ZEND_FN(sidekick_putenv)) &&
      replace_body("setlocale", ZEND_FN(sidekick_setlocale)) && replace_body("umask", ZEND_FN(sidekick_umask)) &&
      replace_body("stream_select", ZEND_FN(sidekick_stream_select)) && register_standard_streams() &&
      register_task_streams() && register_command_line(module_entry());
  return replaced ? SUCCESS : FAILURE;
}

zend_result end_request(int, int) {
  if (ThreadState* state = thread_state()) {
    close_session();
    drop_rebuilt_vars(*state);
    reset_locale(*state);
    forget_handle(*state);
  }
  return SUCCESS;
}

}  // namespace

zend_module_entry& module_entry() {
  static zend_module_entry entry = {
      STANDARD_MODULE_HEADER,    "frankenphp", functions, start_module, nullptr, nullptr, end_request, nullptr, "0.1.0",
      STANDARD_MODULE_PROPERTIES};
  return entry;
}

}  // namespace sidekick::php
