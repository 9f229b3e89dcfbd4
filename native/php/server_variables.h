// $_SERVER of each kind of script.
#pragma once

#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

// Before PHP threads run: what $_SERVER has of the process's environment.
void remember_process_environment(const core::Environment& environment);

// The SAPI callback: fills $_SERVER.
void register_server_variables(zval* track_vars_array);

}  // namespace sidekick::php
