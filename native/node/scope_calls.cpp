// The calls that concern a scope: create, find, close, and asking for workers by name.
#include "core/runtime.h"
#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "node/manifests.h"

namespace sidekick::node {

namespace {

// (operation, name, root, env, workers, jsVars, maxQueue, startTimeout, stopTimeout, restartTimeout,
//  manifest): scope handle
Napi::Value create_scope(const Napi::CallbackInfo& info) {
  core::ScopeOptions options;
  options.name = to_text(info[1]);
  options.root = to_text(info[2]);
  options.env = to_environment(info[3]);
  options.workers = to_workers(info[4]);
  options.js_vars = to_texts(info[5]);
  options.max_queue = to_uint32(info[6]);
  options.start_timeout = to_milliseconds(info[7]);
  options.stop_timeout = to_milliseconds(info[8]);
  options.restart_timeout = to_milliseconds(info[9]);
  std::string manifest = to_text(info[10]);
  Environment& environment = Environment::of(info.Env());
  core::Scope& scope =
      core::Runtime::instance().create_scope(std::move(options), environment.port(), to_uint32(info[0]));
  Manifests::instance().set(scope, std::move(manifest));
  return Napi::Number::New(info.Env(), environment.add_scope(scope, true));
}

// (): handle of the scope of the runtime's own workers, to the first environment that asks; undefined: to all others
Napi::Value take_global_scope(const Napi::CallbackInfo& info) {
  core::Scope* scope = core::Runtime::instance().take_global_scope();
  if (scope == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), Environment::of(info.Env()).add_scope(*scope, false));
}

// (name): [scope handle, manifest], or undefined when no open scope has that name
Napi::Value find_scope(const Napi::CallbackInfo& info) {
  core::Scope* scope = core::Runtime::instance().find_scope(to_text(info[0]));
  if (scope == nullptr) return info.Env().Undefined();
  auto found = Napi::Array::New(info.Env(), 2);
  found.Set(0U, Environment::of(info.Env()).add_scope(*scope, false));
  found.Set(1U, Manifests::instance().get(*scope));
  return found;
}

// (scope, operation)
void close_scope(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const std::uint32_t handle = to_uint32(info[0]);
  environment.forget_scope(handle);
  core::Runtime::instance().close_scope(environment.scope(handle), environment.port(), to_uint32(info[1]));
}

// (scope, operation, names, published, timeout): done when all are published, or else ready
void demand(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const core::Want want = info[3].As<Napi::Boolean>().Value() ? core::Want::published : core::Want::ready;
  core::Runtime::instance().demand(environment.scope(to_uint32(info[0])), to_texts(info[2]), want,
                                   to_milliseconds(info[4]), environment.port(), to_uint32(info[1]));
}

// (scope, operation, names): done when the scripts of these workers (none: of all) run anew
void restart(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  core::Runtime::instance().restart(environment.scope(to_uint32(info[0])), to_texts(info[2]), environment.port(),
                                    to_uint32(info[1]));
}

}  // namespace

void add_scope_calls(Napi::Env env, Napi::Object& exports) {
  exports.Set("createScope", Napi::Function::New<create_scope>(env, "createScope"));
  exports.Set("takeGlobalScope", Napi::Function::New<take_global_scope>(env, "takeGlobalScope"));
  exports.Set("findScope", Napi::Function::New<find_scope>(env, "findScope"));
  exports.Set("closeScope", Napi::Function::New<close_scope>(env, "closeScope"));
  exports.Set("restart", Napi::Function::New<restart>(env, "restart"));
  exports.Set("demand", Napi::Function::New<demand>(env, "demand"));
}

}  // namespace sidekick::node
