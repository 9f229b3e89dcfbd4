// Scripts that run once, as on a command line (contract J08, E12): what makes a thread's PHP look like the `cli` SAPI
// beside threads whose PHP is `frankenphp`. PHP keeps tables of functions, classes and constants for each thread, so
// the threads of the script pool lose this contract's own from theirs; what they compile is kept apart by leaving
// opcache off while they run.
#pragma once

#include "php/zend.h"

namespace sidekick::php {

struct ThreadState;

// In a module's MINIT: gives php_sapi_name() an answer per thread, and makes what the threads share. False: it cannot.
bool register_command_line(const zend_module_entry& own);

// When a thread's PHP was made, and before it is freed.
void become_command_line();
void leave_command_line();

// Before request startup: the settings that the cli SAPI forces.
void set_command_line_settings();
// After it: no headers, and the run's own working directory.
void begin_command_line(const ThreadState& state);

}  // namespace sidekick::php

extern "C" PHP_FUNCTION(sidekick_php_sapi_name);
