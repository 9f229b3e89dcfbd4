// The calls behind scope.vars(name): finding a name's slot, its version word, its snapshot, and watching it.
#include <algorithm>

#include "core/packed_value.h"
#include "core/runtime.h"
#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "node/events.h"
#include "node/packed.h"
#include "php/engine.h"

namespace sidekick::node {

namespace {

bool may_have_slot(const core::Scope& scope, const std::string& name) {
  return scope.is_published_by_javascript(name) || scope.background_worker(name) != nullptr;
}

// (scope, name, make): slot handle; -1: nobody has asked for the name yet (and not `make`); -2: the scope has no such
// name
Napi::Value find_slot(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  core::Scope& scope = environment.scope(to_uint32(info[0]));
  const std::string name = to_text(info[1]);
  core::Slot* slot = scope.find_slot(name);
  if (slot == nullptr) {
    if (!may_have_slot(scope, name)) return Napi::Number::New(info.Env(), -2);
    if (!info[2].As<Napi::Boolean>().Value()) return Napi::Number::New(info.Env(), -1);
    slot = &scope.slot(name);
  }
  return Napi::Number::New(info.Env(), environment.add_slot(*slot));
}

// (slot): Float64Array over the version word, or undefined when this host refuses external memory
Napi::Value slot_word(const Napi::CallbackInfo& info) {
  const auto word = Environment::of(info.Env()).version_word(info.Env(), to_uint32(info[0]));
  return word.live ? word.array : info.Env().Undefined();
}

// (slot): 0 before the first publish
Napi::Value slot_version(const Napi::CallbackInfo& info) {
  const core::Slot& slot = Environment::of(info.Env()).slot(to_uint32(info[0]));
  return Napi::Number::New(info.Env(), slot.version_word()->load(std::memory_order_acquire));
}

// (slot, sequence, scratch): undefined before the first publish; else the snapshot, as packed_to_js() gives it
Napi::Value read_slot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::of(env);
  const std::uint32_t handle = to_uint32(info[0]);
  core::PackedValue& packed = environment.packed();
  if (!php::pack_snapshot(environment.slot(handle), environment.pins(), environment.history(handle), to_uint32(info[1]),
                          packed)) {
    return env.Undefined();
  }
  return packed_to_js(environment, info[2]);
}

// (slot, ops, text, bytes): undefined, or the failure
Napi::Value publish_slot(const Napi::CallbackInfo& info) {
  core::Slot& slot = Environment::of(info.Env()).slot(to_uint32(info[0]));
  const core::Failure failure =
      with_packed(info, 1, [&slot](const php::PackedView& packed) { return php::publish_packed(slot, packed); });
  return failure ? failure_to_js(info.Env(), failure) : info.Env().Undefined();
}

// (): the largest snapshot, in bytes
Napi::Value max_snapshot_bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(core::Runtime::instance().options().max_snapshot_bytes));
}

// (slot, id): one event vars_changed(id) at the next publish, or when there will be none; false: there will be none
Napi::Value watch_slot(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const bool may_change = environment.slot(to_uint32(info[0])).watch(environment.port(), to_uint32(info[1]));
  return Napi::Boolean::New(info.Env(), may_change);
}

// (slot, id)
void unwatch_slot(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  environment.slot(to_uint32(info[0])).unwatch(*environment.port(), to_uint32(info[1]));
}

}  // namespace

void add_vars_calls(Napi::Env env, Napi::Object& exports) {
  exports.Set("findSlot", Napi::Function::New<find_slot>(env, "findSlot"));
  exports.Set("slotWord", Napi::Function::New<slot_word>(env, "slotWord"));
  exports.Set("slotVersion", Napi::Function::New<slot_version>(env, "slotVersion"));
  exports.Set("readSlot", Napi::Function::New<read_slot>(env, "readSlot"));
  exports.Set("publishSlot", Napi::Function::New<publish_slot>(env, "publishSlot"));
  exports.Set("maxSnapshotBytes", Napi::Function::New<max_snapshot_bytes>(env, "maxSnapshotBytes"));
  exports.Set("watchSlot", Napi::Function::New<watch_slot>(env, "watchSlot"));
  exports.Set("unwatchSlot", Napi::Function::New<unwatch_slot>(env, "unwatchSlot"));
}

}  // namespace sidekick::node
