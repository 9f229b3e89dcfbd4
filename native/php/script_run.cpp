// A run of runtime.run(): the script as on a command line, with streams of its own, until it ends.
#include "core/script_run.h"

#include "core/runtime.h"
#include "php/request_info.h"
#include "php/script.h"
#include "php/serve.h"

namespace sidekick::php {

core::RunReport serve_script(ThreadState& state) {
  core::ScriptRun& script = *state.run.script;
  const core::ScriptOptions& options = script.options();
  state.instance.begin_request(nullptr);
  state.environment.reset(&core::Runtime::instance().options().env, nullptr, &options.env);
  clear_request_info();
  SG(request_info).path_translated = const_cast<char*>(options.file.c_str());
  SG(request_info).no_headers = 1;
  set_arguments(state, {}, options.args);
  const int exit_status = run_script(state, options.file.c_str());
  clear_request_info();
  state.instance.requests.fetch_add(1, std::memory_order_relaxed);
  state.instance.end_request();
  if (state.run.force.stop_requested()) {
    script.fail({.code = core::FailureCode::stopped, .message = "the script was stopped: the PHP runtime is stopping"});
  } else {
    script.finish(exit_status);
  }
  return {.exit_status = exit_status, .reached_ready = true, .worked = true, .last_error = state.last_error};
}

}  // namespace sidekick::php
