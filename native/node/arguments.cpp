#include "node/arguments.h"

#include <algorithm>

namespace sidekick::node {

std::string to_text(const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); }

std::string to_latin1(const Napi::Value& value) {
  std::size_t length = 0;
  std::string bytes;
  if (napi_get_value_string_latin1(value.Env(), value, nullptr, 0, &length) != napi_ok) {
    throw Napi::Error::New(value.Env());
  }
  bytes.resize(length);  // a std::string has room for the terminator that Node-API writes
  if (napi_get_value_string_latin1(value.Env(), value, bytes.data(), length + 1, &length) != napi_ok) {
    throw Napi::Error::New(value.Env());
  }
  return bytes;
}

std::string to_bytes(const Napi::Value& value) {
  const auto array = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(array.Data()), array.ByteLength()};
}

std::uint32_t to_uint32(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

std::int32_t to_int32(const Napi::Value& value) { return value.As<Napi::Number>().Int32Value(); }

core::Milliseconds to_milliseconds(const Napi::Value& value) {
  return core::Milliseconds{value.As<Napi::Number>().Int64Value()};
}

std::vector<std::string> to_texts(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> texts;
  texts.reserve(array.Length());
  for (std::uint32_t index = 0; index < array.Length(); index++) texts.push_back(to_text(array.Get(index)));
  return texts;
}

core::Environment to_environment(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  core::Environment environment;
  environment.reserve(array.Length() / 2);
  for (std::uint32_t index = 0; index + 1 < array.Length(); index += 2) {
    environment.emplace_back(to_text(array.Get(index)), to_text(array.Get(index + 1)));
  }
  return environment;
}

namespace {

core::WorkerOptions to_worker(const Napi::Value& value) {
  const auto fields = value.As<Napi::Array>();
  core::WorkerOptions worker;
  worker.file = to_text(fields.Get(0U));
  worker.name = to_text(fields.Get(1U));
  worker.background = fields.Get(2U).As<Napi::Boolean>().Value();
  worker.num = to_uint32(fields.Get(3U));
  worker.max_threads = to_uint32(fields.Get(4U));
  worker.max_consecutive_failures = to_int32(fields.Get(5U));
  worker.max_requests = to_uint32(fields.Get(6U));
  worker.recycle = fields.Get(7U).As<Napi::Boolean>().Value();
  worker.task_queue = to_uint32(fields.Get(8U));
  worker.env = to_environment(fields.Get(9U));
  worker.args = to_texts(fields.Get(10U));
  return worker;
}

}  // namespace

std::vector<core::WorkerOptions> to_workers(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<core::WorkerOptions> workers;
  for (std::uint32_t index = 0; index < list.Length(); index++) workers.push_back(to_worker(list.Get(index)));
  return workers;
}

}  // namespace sidekick::node
