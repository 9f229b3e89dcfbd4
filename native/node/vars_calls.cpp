// The calls behind scope.vars(name): finding a name's slot, its version word, its snapshot, and watching it.
#include <algorithm>
#include <cstring>

#include "core/packed_value.h"
#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "php/engine.h"

namespace sidekick::node {

namespace {

bool may_have_slot(const core::Scope& scope, const std::string& name) {
  const auto& workers = scope.options().workers;
  return std::any_of(workers.begin(), workers.end(), [&](const core::WorkerOptions& worker) {
    return worker.background && (worker.is_catch_all() || worker.name == name);
  });
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

// (slot): [ops, numbers, text, bytes, version] (core/packed_value.h), or undefined before the first publish
Napi::Value read_slot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::of(env);
  core::PackedValue packed;
  if (!php::pack_snapshot(environment.slot(to_uint32(info[0])), environment.pins(), packed)) return env.Undefined();
  auto fields = Napi::Array::New(env, 5);
  fields.Set(0U, copy_to_array<Napi::Int32Array>(env, packed.ops.data(), packed.ops.size()));
  fields.Set(1U, copy_to_array<Napi::Float64Array>(env, packed.numbers.data(), packed.numbers.size()));
  napi_value text = nullptr;
  const napi_status made = packed.text_ascii
                               ? napi_create_string_latin1(env, packed.text.data(), packed.text.size(), &text)
                               : napi_create_string_utf8(env, packed.text.data(), packed.text.size(), &text);
  if (made != napi_ok) throw Napi::Error::New(env);
  fields.Set(2U, text);
  fields.Set(3U, copy_to_array<Napi::Uint8Array>(env, packed.bytes.data(), packed.bytes.size()));
  fields.Set(4U, static_cast<double>(packed.version));
  return fields;
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
  exports.Set("watchSlot", Napi::Function::New<watch_slot>(env, "watchSlot"));
  exports.Set("unwatchSlot", Napi::Function::New<unwatch_slot>(env, "unwatchSlot"));
}

}  // namespace sidekick::node
