// The functions that JavaScript can call, grouped by what they concern; lib/binding.ts declares their types.
#pragma once

#include <napi.h>

namespace sidekick::node {

void add_runtime_calls(Napi::Env env, Napi::Object& exports);
void add_scope_calls(Napi::Env env, Napi::Object& exports);
void add_exchange_calls(Napi::Env env, Napi::Object& exports);
void add_message_calls(Napi::Env env, Napi::Object& exports);
void add_script_calls(Napi::Env env, Napi::Object& exports);
void add_task_calls(Napi::Env env, Napi::Object& exports);
void add_vars_calls(Napi::Env env, Napi::Object& exports);

}  // namespace sidekick::node
