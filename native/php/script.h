// Running a script from its first line to the end of its request: what classic requests, HTTP workers and background
// workers have in common.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

// Runs `file` as a request of its own: startup, execution, shutdown; afterwards everything it read is let go of.
// SG(request_info) must be set; `file` must outlive the call. Returns the exit status; state.last_error says why when
// it is not 0.
int run_script(ThreadState& state, const char* file);

// A fatal error or an uncaught exception, as PHP has it until request shutdown, becomes state.last_error.
void note_last_error(ThreadState& state) noexcept;

// Makes `arguments` the script's $argv and $argc; they must outlive the run.
void set_arguments(ThreadState& state, std::initializer_list<const std::string*> first,
                   const std::vector<std::string>& rest);

// Runs a worker's script, which has no client of its own: with the environment of its scope and worker, its output
// going to the log.
int run_worker_script(ThreadState& state);

}  // namespace sidekick::php
