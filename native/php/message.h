// Messages to an HTTP worker (contract J06): a value that JavaScript sent becomes the argument of the callback of
// frankenphp_handle_request(), and what that returns goes back. state.message is the one under way.
#pragma once

#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

// The value, as an ordinary one: a script that lives on may keep it. False: an exception was thrown.
bool give_message(ThreadState& state, zval* into);
// What the callback returned. A value that cannot cross is the sender's error.
void answer_message(ThreadState& state, zval* result);
// The callback threw (which has been reported, see note_last_error()), or its script has ended.
void refuse_message(ThreadState& state, const char* what);

}  // namespace sidekick::php
