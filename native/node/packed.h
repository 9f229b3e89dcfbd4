// Packed values (core/packed_value.h) as arguments and results of calls.
#pragma once

#include <napi.h>

#include <string>

#include "node/arguments.h"
#include "node/environment.h"
#include "php/engine.h"

namespace sidekick::node {

// What is in environment.packed(). true: its ops are in the Int32Array `scratch`, there is nothing else; or else [ops
// or true, newText, text, bytes or nothing].
Napi::Value packed_to_js(Environment& environment, const Napi::Value& scratch);

// The arguments ops, text, bytes, from number `first` on; their memory is JavaScript's, for the time of the call.
template <typename Use>
auto with_packed(const Napi::CallbackInfo& info, std::size_t first, const Use& use) {
  const auto ops = info[first].As<Napi::Int32Array>();
  const std::string text = to_text(info[first + 1]);
  const auto bytes = info[first + 2].As<Napi::Uint8Array>();
  return use(php::PackedView{.ops = {ops.Data(), ops.ElementLength()},
                             .text = text,
                             .bytes = {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()}});
}

}  // namespace sidekick::node
