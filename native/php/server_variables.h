// $_SERVER, and the parts of a request that PHP wants to know before it: SG(request_info).
#pragma once

#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

// Points SG(request_info) into the exchange's packed head, which must stay while the request is under way.
void set_request_info(ThreadState& state);
void clear_request_info();

// Before PHP threads run: what $_SERVER has of the process's environment.
void remember_process_environment(const core::Environment& environment);

// The SAPI callback: fills $_SERVER.
void register_server_variables(zval* track_vars_array);

// The SAPI callback: the Cookie header.
char* read_cookies();

// The value of a header of the request under way; null: not sent. The name in lower case.
const std::string_view* find_header(const core::RequestHead& head, std::string_view lower_name);

}  // namespace sidekick::php
