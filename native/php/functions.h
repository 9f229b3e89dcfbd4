// The PHP functions of this module, as in functions.stub.php (which is the readable list), and what module.cpp needs of
// their files.
#pragma once

#include "php/zend.h"

namespace sidekick::php {

struct ThreadState;

// MINIT: FRANKENPHP_LOG_LEVEL_*.
void register_log_levels(int module_number);
// RSHUTDOWN: arrays rebuilt in request memory go before that memory does.
void drop_rebuilt_vars(ThreadState& state);
// Takes the wake-ups out of the worker handle; false: the worker must stop.
bool tick_handle(ThreadState& state);
// MINIT: FrankenPHP\WorkerHandle, SentTaskHandle, ReceivedTaskHandle.
void register_handle_classes();
// The run is over: its handle's number may come again.
void forget_handle(ThreadState& state);

}  // namespace sidekick::php

extern "C" {
PHP_FUNCTION(sidekick_set_vars);
PHP_FUNCTION(sidekick_get_vars);
PHP_FUNCTION(sidekick_ensure_background_worker);
PHP_FUNCTION(sidekick_get_worker_handle);
PHP_FUNCTION(sidekick_should_stop);
PHP_FUNCTION(sidekick_handle_request);
PHP_FUNCTION(sidekick_finish_request);
PHP_FUNCTION(sidekick_request_headers);
PHP_FUNCTION(sidekick_response_headers);
PHP_FUNCTION(sidekick_headers_send);
PHP_FUNCTION(sidekick_log);
PHP_FUNCTION(sidekick_getenv);
PHP_FUNCTION(sidekick_putenv);
PHP_FUNCTION(sidekick_setlocale);
PHP_FUNCTION(sidekick_umask);
PHP_FUNCTION(sidekick_stream_select);
PHP_FUNCTION(sidekick_get_signaling_stream);
PHP_FUNCTION(sidekick_task_send);
PHP_FUNCTION(sidekick_task_read);
PHP_FUNCTION(sidekick_task_receive);
PHP_FUNCTION(sidekick_task_update);
}
