// A PHP thread asks for workers by name and waits for them.
#pragma once

#include <string>
#include <vector>

#include "core/failure.h"
#include "core/options.h"
#include "core/scope.h"
#include "core/supervisor.h"
#include "php/thread_state.h"

namespace sidekick::php {

// What the calling thread asks for.
core::Demand make_demand(ThreadState& state, core::Scope& scope, std::vector<std::string> names, core::Want want);

// Blocks until the names of `scope` are as far as `want` says, one of them has failed, the deadline has passed or the
// asking script must leave.
core::Failure demand_and_wait(ThreadState& state, core::Scope& scope, std::vector<std::string> names, core::Want want,
                              core::Milliseconds timeout);

}  // namespace sidekick::php
