// A background worker's run: the script, outside any request, until it ends.
#include "core/runtime.h"
#include "php/script.h"
#include "php/serve.h"
#include "php/server_variables.h"

namespace sidekick::php {

core::RunReport serve_background(ThreadState& state) {
  const core::Pool& pool = state.instance.pool();
  state.environment.reset(&core::Runtime::instance().options().env, &pool.scope()->options().env, &pool.options().env);
  clear_request_info();
  SG(request_info).path_translated = const_cast<char*>(pool.options().file.c_str());
  SG(request_info).no_headers = 1;
  const int exit_status = run_script(state, pool.options().file.c_str());
  SG(request_info).path_translated = nullptr;
  const core::WorkerLabel label = state.label();
  state.output.flush([&](std::string line) {
    core::Runtime::instance().log(core::LogLevel::info, std::move(line), pool.scope(), &label);
  });
  return {.exit_status = exit_status,
          .reached_ready = state.reached_ready,
          .worked = false,
          .last_error = state.last_error};
}

}  // namespace sidekick::php
