// The ways a PHP thread serves its instance; each runs until the run is over and reports how it ended.
#pragma once

#include "php/thread_state.h"

namespace sidekick::php {

core::RunReport serve_classic(ThreadState& state);
core::RunReport serve_http_worker(ThreadState& state);
core::RunReport serve_background(ThreadState& state);
core::RunReport serve_script(ThreadState& state);

}  // namespace sidekick::php
