// The calls behind scope.vars(name): finding a name's slot, its version word, its snapshot, and watching it.
#include <algorithm>
#include <cstring>

#include "core/packed_value.h"
#include "core/runtime.h"
#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "node/events.h"
#include "php/engine.h"

namespace sidekick::node {

namespace {

bool may_have_slot(const core::Scope& scope, const std::string& name) {
  return scope.is_published_by_javascript(name) || scope.background_worker(name) != nullptr;
}

template <typename Array, typename Element>
Array copy_to_array(Napi::Env env, const Element* elements, std::size_t count) {
  auto array = Array::New(env, count);
  if (count > 0) std::memcpy(array.Data(), elements, count * sizeof(Element));
  return array;
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

napi_value to_string(Napi::Env env, const core::PackedValue::Text& text) {
  napi_value string = nullptr;
  const napi_status made = text.is_ascii()
                               ? napi_create_string_latin1(env, text.bytes.data(), text.bytes.size(), &string)
                               : napi_create_string_utf8(env, text.bytes.data(), text.bytes.size(), &string);
  if (made != napi_ok) throw Napi::Error::New(env);
  return string;
}

// (slot, sequence, scratch): undefined before the first publish; true: the snapshot's ops (core/packed_value.h) are in
// the Int32Array `scratch`, there is nothing else; or else [ops or true, newText, text, bytes or
// nothing].
Napi::Value read_slot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::of(env);
  const std::uint32_t handle = to_uint32(info[0]);
  core::PackedValue& packed = environment.packed();
  if (!php::pack_snapshot(environment.slot(handle), environment.pins(), environment.history(handle), to_uint32(info[1]),
                          packed)) {
    return env.Undefined();
  }
  auto scratch = info[2].As<Napi::Int32Array>();
  Napi::Value ops = Napi::Boolean::New(env, true);
  if (packed.ops.size() <= scratch.ElementLength()) {
    std::memcpy(scratch.Data(), packed.ops.begin(), packed.ops.size() * sizeof(std::int32_t));
    if (packed.new_text.bytes.empty() && packed.text.bytes.empty() && packed.bytes.empty()) return ops;
  } else {
    ops = copy_to_array<Napi::Int32Array>(env, packed.ops.begin(), packed.ops.size());
  }
  auto fields = Napi::Array::New(env);
  fields.Set(0U, ops);
  fields.Set(1U, to_string(env, packed.new_text));
  fields.Set(2U, to_string(env, packed.text));
  if (!packed.bytes.empty()) {  // an array costs as much as all the rest of a small message
    fields.Set(3U, copy_to_array<Napi::Uint8Array>(env, packed.bytes.data(), packed.bytes.size()));
  }
  environment.trim_packed();
  return fields;
}

// (slot, ops, text, bytes): undefined, or the failure
Napi::Value publish_slot(const Napi::CallbackInfo& info) {
  core::Slot& slot = Environment::of(info.Env()).slot(to_uint32(info[0]));
  const auto ops = info[1].As<Napi::Int32Array>();
  const std::string text = to_text(info[2]);
  const auto bytes = info[3].As<Napi::Uint8Array>();
  const core::Failure failure =
      php::publish_packed(slot, {.ops = {ops.Data(), ops.ElementLength()},
                                 .text = text,
                                 .bytes = {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()}});
  return failure ? failure_to_js(info.Env(), failure) : info.Env().Undefined();
}

// (): the largest snapshot, in bytes
Napi::Value max_snapshot_bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(core::Runtime::instance().options().max_snapshot_bytes));
}

// (slot, id): one event vars_changed(id) at the next publish
void watch_slot(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  environment.slot(to_uint32(info[0])).watch(environment.port(), to_uint32(info[1]));
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
