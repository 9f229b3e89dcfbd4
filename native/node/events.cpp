#include "node/events.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace sidekick::node {

namespace {

const char* code_name(core::FailureCode code) {
  switch (code) {
    case core::FailureCode::config: return "ERR_SIDEKICK_CONFIG";
    case core::FailureCode::unknown_worker: return "ERR_SIDEKICK_UNKNOWN_WORKER";
    case core::FailureCode::boot_failed: return "ERR_SIDEKICK_BOOT_FAILED";
    case core::FailureCode::timeout: return "ERR_SIDEKICK_TIMEOUT";
    case core::FailureCode::queue_full: return "ERR_SIDEKICK_QUEUE_FULL";
    case core::FailureCode::value: return "ERR_SIDEKICK_VALUE";
    case core::FailureCode::task_aborted: return "ERR_SIDEKICK_TASK_ABORTED";
    case core::FailureCode::stopped: return "ERR_SIDEKICK_STOPPED";
    case core::FailureCode::none:
    case core::FailureCode::native: break;
  }
  return "ERR_SIDEKICK_NATIVE";
}

Napi::Object label_to_js(Napi::Env env, const core::WorkerLabel& label) {
  auto object = Napi::Object::New(env);
  object.Set("scope", label.scope);
  object.Set("worker", label.worker);
  object.Set("instance", label.instance);
  object.Set("generation", label.generation);
  return object;
}

napi_value latin1(napi_env env, const std::string& text) {
  napi_value value = nullptr;
  if (napi_create_string_latin1(env, text.data(), text.size(), &value) != napi_ok) throw Napi::Error::New(env);
  return value;
}

napi_value body_to_js(Napi::Env env, std::string& body) {
  return body.size() <= kBodyAsString ? latin1(env, body) : to_buffer(env, std::move(body));
}

napi_value detail_to_js(Napi::Env env, core::Event& event) {
  switch (event.kind) {
    case core::EventKind::failed: return failure_to_js(env, event.failure ? *event.failure : core::Failure{});
    case core::EventKind::response:
      if (event.failure) return failure_to_js(env, *event.failure);
      if (!event.body.empty()) return body_to_js(env, event.body);
      break;
    case core::EventKind::worker: {
      auto detail = label_to_js(env, event.worker ? *event.worker : core::WorkerLabel{});
      if (event.failure) detail.Set("failure", failure_to_js(env, *event.failure));
      return detail;
    }
    case core::EventKind::log: {
      if (!event.worker) break;
      auto detail = label_to_js(env, *event.worker);
      if (!event.body.empty()) detail.Set("context", event.body);
      return detail;
    }
    case core::EventKind::done:
    case core::EventKind::body_drained:
    case core::EventKind::vars_changed:
    case core::EventKind::task:
    case core::EventKind::script: break;
  }
  return env.Undefined();
}

napi_value head_to_js(Napi::Env env, const core::Event& event) {
  if (event.head.empty()) return env.Undefined();
  if (event.kind == core::EventKind::response) return latin1(env, event.head);
  return Napi::String::New(env, event.head);
}

}  // namespace

napi_value to_buffer(Napi::Env env, std::string bytes) {
  auto owner = std::make_unique<std::string>(std::move(bytes));
  std::string* const held = owner.get();
  auto buffer = Napi::Buffer<char>::NewOrCopy(
      env, held->data(), held->size(), [](Napi::Env, char*, std::string* kept) { delete kept; }, held);
  static_cast<void>(owner.release());  // the buffer's finalizer has it, or has run already
  return buffer;
}

napi_value events_to_js(napi_env env, std::vector<core::Event>& events) {
  napi_value batch = nullptr;
  if (napi_create_array_with_length(env, events.size() * kEventStride, &batch) != napi_ok) throw Napi::Error::New(env);
  std::uint32_t place = 0;
  for (core::Event& event : events) {
    const bool levelled = event.kind == core::EventKind::worker || event.kind == core::EventKind::log;
    const std::array<napi_value, kEventStride> fields{
        Napi::Number::New(env, static_cast<std::uint8_t>(event.kind)), Napi::Number::New(env, event.id),
        Napi::Number::New(env, levelled ? static_cast<int>(event.level) : static_cast<int>(event.flags)),
        head_to_js(env, event), detail_to_js(env, event)};
    for (const napi_value field : fields) {
      if (napi_set_element(env, batch, place++, field) != napi_ok) throw Napi::Error::New(env);
    }
  }
  return batch;
}

Napi::Value last_error_to_js(Napi::Env env, const core::LastError& error) {
  if (error.message.empty()) return env.Null();
  auto object = Napi::Object::New(env);
  object.Set("message", error.message);
  object.Set("file", error.file);
  object.Set("line", error.line);
  return object;
}

Napi::Object failure_to_js(Napi::Env env, const core::Failure& failure) {
  auto object = Napi::Object::New(env);
  object.Set("code", code_name(failure.code));
  object.Set("message", failure.message);
  object.Set("attempts", failure.attempts);
  object.Set("exitStatus", failure.exit_status);
  object.Set("lastError", last_error_to_js(env, failure.last_error));
  return object;
}

}  // namespace sidekick::node
