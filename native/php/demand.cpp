#include "php/demand.h"

#include "core/runtime.h"

namespace sidekick::php {

core::Demand make_demand(ThreadState& state, core::Scope& scope, std::vector<std::string> names, core::Want want) {
  core::Demand demand;
  demand.scope = &scope;
  demand.names = std::move(names);
  demand.want = want;
  demand.asker = &state.instance;
  // A worker that boots is told of a broken one at once; a request is patient (contract E07).
  demand.fail_fast = want == core::Want::ready && state.is_http_worker() && !state.reached_ready;
  return demand;
}

core::Failure demand_and_wait(ThreadState& state, core::Scope& scope, std::vector<std::string> names, core::Want want,
                              core::Milliseconds timeout) {
  // A request under way is finished before its thread leaves; what is outside one leaves at once.
  const bool in_request = state.exchange != nullptr || state.message != nullptr;
  return core::Runtime::instance().demand_and_wait(make_demand(state, scope, std::move(names), want), timeout,
                                                   in_request ? state.run.force : state.run.drain);
}

}  // namespace sidekick::php
