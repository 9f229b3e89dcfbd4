#include "node/packed.h"

#include <cstring>

#include "core/packed_value.h"

namespace sidekick::node {

namespace {

template <typename Array, typename Element>
Array copy_to_array(Napi::Env env, const Element* elements, std::size_t count) {
  auto array = Array::New(env, count);
  if (count > 0) std::memcpy(array.Data(), elements, count * sizeof(Element));
  return array;
}

napi_value to_string(Napi::Env env, const core::PackedValue::Text& text) {
  napi_value string = nullptr;
  const napi_status made = text.is_ascii()
                               ? napi_create_string_latin1(env, text.bytes.data(), text.bytes.size(), &string)
                               : napi_create_string_utf8(env, text.bytes.data(), text.bytes.size(), &string);
  if (made != napi_ok) throw Napi::Error::New(env);
  return string;
}

}  // namespace

Napi::Value packed_to_js(Environment& environment, const Napi::Value& scratch_array) {
  const Napi::Env env = scratch_array.Env();
  core::PackedValue& packed = environment.packed();
  auto scratch = scratch_array.As<Napi::Int32Array>();
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

}  // namespace sidekick::node
