// The addon's way in: one Environment per JavaScript environment that loads it, and the functions it may call.
#include <napi.h>

#include "node/calls.h"
#include "node/environment.h"

namespace sidekick::node {

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment(env));  // Node-API deletes it with the environment
  add_runtime_calls(env, exports);
  add_scope_calls(env, exports);
  add_exchange_calls(env, exports);
  add_message_calls(env, exports);
  add_script_calls(env, exports);
  add_task_calls(env, exports);
  add_vars_calls(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(php_sidekick, initialise)

}  // namespace sidekick::node
