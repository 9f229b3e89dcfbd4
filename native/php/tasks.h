// Sending, receiving, reading and updating tasks: what the four functions and the handle classes share. Each throws a
// PHP exception and returns false when it fails.
#pragma once

#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

// The calling thread's state, in a background worker. Null: it is none, and a RuntimeException was thrown.
ThreadState* background_state(const char* function);

// Into `stream`: the sender's. `timeout`: seconds; null: the default.
bool send_task(const char* function, zend_string* name, zend_array* payload, const double* timeout, zval* stream);
// Into `into`: the next update, or null at the clean end.
bool read_task(const char* function, zval* stream, zval* into);
// `stream` stays undefined when nothing waits.
bool receive_task(ThreadState& state, zval* stream, zval* payload);
bool update_task(const char* function, zval* stream, zend_array* update);
// The receiver has done it. Its run has been of use then, whatever comes of it (core/restart_policy.h).
void complete_task(core::Task& task);

}  // namespace sidekick::php
