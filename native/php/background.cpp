// A background worker's run: the script, outside any request, until it ends.
#include "php/script.h"
#include "php/serve.h"

namespace sidekick::php {

core::RunReport serve_background(ThreadState& state) {
  const int exit_status = run_worker_script(state);
  return {.exit_status = exit_status,
          .reached_ready = state.reached_ready,
          .worked = state.worked,
          .last_error = state.last_error};
}

}  // namespace sidekick::php
