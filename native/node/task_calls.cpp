// The calls behind scope.sendTask() and scope.onTask(); see node/tasks.h. A call for a task that is over does nothing.
#include <algorithm>
#include <span>
#include <string>

#include "core/runtime.h"
#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "node/events.h"
#include "node/packed.h"

namespace sidekick::node {

namespace {

// Words about each task in sendTasks(), before its ops: see lib/tasks/outbox.ts.
enum Header : std::size_t { kName, kId, kConsume, kTimeout, kOps, kUnits, kBytes, kHeaderWords };

// Takes `units` (UTF-16) off the front of UTF-8 text.
std::string_view take_units(std::string_view& text, std::size_t units, bool is_ascii) {
  std::size_t end = 0;
  if (is_ascii) {
    end = std::min(units, text.size());
  } else {
    for (std::size_t taken = 0; taken < units && end < text.size();) {
      const auto lead = static_cast<unsigned char>(text[end]);
      end += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      taken += lead < 0xf0 ? 1 : 2;
    }
    end = std::min(end, text.size());
  }
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

core::Task* find_task(const Napi::CallbackInfo& info) {
  return Environment::of(info.Env()).tasks().find(to_uint32(info[0]));
}

// (scope, name): a number for sends to it
Napi::Value task_name(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  return Napi::Number::New(info.Env(),
                           environment.tasks().name(environment.scope(to_uint32(info[0])), to_text(info[1])));
}

// (words, count, text, units, bytes): many tasks at once; undefined, or [id, failure, …] of those that were not sent.
// `words`: for each the words of Header, then its ops. `units`: the length of `text` in UTF-16.
Napi::Value send_tasks(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::of(env);
  const auto words = info[0].As<Napi::Int32Array>();
  std::span<const std::int32_t> left{words.Data(), std::min<std::size_t>(to_uint32(info[1]), words.ElementLength())};
  const std::string all_text = to_text(info[2]);
  std::string_view text = all_text;
  const bool is_ascii = all_text.size() == to_uint32(info[3]);
  const auto byte_array = info[4].As<Napi::Uint8Array>();
  std::string_view bytes(reinterpret_cast<const char*>(byte_array.Data()), byte_array.ByteLength());
  Napi::Array failures;
  while (left.size() >= kHeaderWords) {
    const auto header = left.first(kHeaderWords);
    left = left.subspan(kHeaderWords);
    const std::size_t count = std::min(static_cast<std::size_t>(header[kOps]), left.size());
    php::PackedView packed{.ops = left.first(count),
                           .text = take_units(text, static_cast<std::size_t>(header[kUnits]), is_ascii),
                           .bytes = bytes.substr(0, static_cast<std::size_t>(header[kBytes]))};
    left = left.subspan(count);
    bytes.remove_prefix(packed.bytes.size());
    const auto id = static_cast<std::uint32_t>(header[kId]);
    core::BlockRef payload;
    if (const core::Failure failure = php::unpack_block(packed, payload)) {
      if (failures.IsEmpty()) failures = Napi::Array::New(env);
      failures.Set(failures.Length(), id);
      failures.Set(failures.Length(), failure_to_js(env, failure));
      continue;
    }
    environment.tasks().send(environment.port(), static_cast<std::uint32_t>(header[kName]), id, header[kConsume] != 0,
                             core::Milliseconds{header[kTimeout]}, std::move(payload));
  }
  return failures.IsEmpty() ? env.Undefined() : failures;
}

// (sequence, scratch): what the events since the last call are about (node/tasks.h): undefined: nothing; or else
// [what packed_to_js() gives, failure, …]
Napi::Value look_at_tasks(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::of(env);
  const std::vector<Tasks::Report>& reports = environment.tasks().look();
  if (reports.empty()) return env.Undefined();
  php::MessagePacker packer(environment.values(), to_uint32(info[0]), environment.packed());
  packer.words(reports.size());
  auto result = Napi::Array::New(env);
  std::uint32_t failures = 0;
  for (const Tasks::Report& report : reports) {
    packer.words(report.id, report.kind);
    if (report.kind == Tasks::kDone) packer.value(*report.value);
    if (report.kind == Tasks::kFailed) result.Set(++failures, failure_to_js(env, report.failure));
  }
  packer.finish();
  result.Set(0U, packed_to_js(environment, info[1]));
  return result;
}

// (task): from now on its end alone is told
void consume_task(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const std::uint32_t id = to_uint32(info[0]);
  if (environment.tasks().find(id) == nullptr) return;
  environment.tasks().consume(id);
  environment.tasks().note(id);  // what has come before is told by the look that JavaScript takes next
}

// (task, sequence, scratch): the next update, as packed_to_js() gives it; undefined: not yet; null: the clean end; an
// object with a code: the failure
Napi::Value read_task(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::of(env);
  core::Task* const task = find_task(info);
  if (task == nullptr) return env.Null();
  const core::Task::Reading reading = task->try_read();
  switch (reading.kind) {
    case core::Task::Reading::Kind::nothing: return env.Undefined();
    case core::Task::Reading::Kind::update:
      php::pack_block(*reading.update, environment.values(), to_uint32(info[1]), environment.packed());
      return packed_to_js(environment, info[2]);
    case core::Task::Reading::Kind::failed: {
      const Napi::Object failure = failure_to_js(env, task->failure());
      environment.tasks().forget(to_uint32(info[0]));
      return failure;
    }
    case core::Task::Reading::Kind::done: break;
  }
  environment.tasks().forget(to_uint32(info[0]));
  return env.Null();
}

// (task)
void cancel_task(const Napi::CallbackInfo& info) {
  if (core::Task* task = find_task(info)) task->cancel();
  Environment::of(info.Env()).tasks().forget(to_uint32(info[0]));
}

// (scope, name, listener, places): undefined, or why not
Napi::Value serve_tasks(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const std::string problem = environment.tasks().serve(environment.port(), environment.scope(to_uint32(info[0])),
                                                        to_text(info[1]), to_uint32(info[2]), to_uint32(info[3]));
  return problem.empty() ? info.Env().Undefined() : Napi::String::New(info.Env(), problem);
}

// (listener)
void unserve_tasks(const Napi::CallbackInfo& info) { Environment::of(info.Env()).tasks().unserve(to_uint32(info[0])); }

// (listener, task, sequence, scratch): the payload of the next task, which goes by that number; undefined: there is
// none
Napi::Value receive_task(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  core::Task* const task = environment.tasks().receive(environment.port(), to_uint32(info[0]), to_uint32(info[1]));
  if (task == nullptr) return info.Env().Undefined();
  const core::BlockRef payload = task->take_payload();
  if (!payload) {  // its sender has left already
    environment.tasks().forget(to_uint32(info[1]));
    return info.Env().Null();
  }
  php::pack_block(*payload, environment.values(), to_uint32(info[2]), environment.packed());
  return packed_to_js(environment, info[3]);
}

// (task, ops, text, bytes): 0 taken, 1 the sender has to read first, 2 nobody wants it any more; or a failure
Napi::Value update_task(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  core::Task* const task = find_task(info);
  if (task == nullptr) return Napi::Number::New(env, 2);
  core::BlockRef update;
  const core::Failure failure =
      with_packed(info, 1, [&update](const php::PackedView& packed) { return php::unpack_block(packed, update); });
  if (failure) return failure_to_js(env, failure);
  const core::Task::Updated updated = task->try_update(std::move(update));
  const int answer = updated == core::Task::Updated::yes ? 0 : updated == core::Task::Updated::full ? 1 : 2;
  return Napi::Number::New(env, answer);
}

// (task): whether its sender still waits for it
Napi::Value is_task_wanted(const Napi::CallbackInfo& info) {
  const core::Task* const task = find_task(info);
  return Napi::Boolean::New(info.Env(), task != nullptr && !task->cancelled() && !task->over());
}

// (task): it is done
void complete_task(const Napi::CallbackInfo& info) {
  if (core::Task* task = find_task(info)) task->complete();
  Environment::of(info.Env()).tasks().forget(to_uint32(info[0]));
}

// (task, message): it will not be done
void fail_task(const Napi::CallbackInfo& info) {
  if (core::Task* task = find_task(info)) {
    task->fail({.code = core::FailureCode::task_aborted, .message = to_text(info[1])});
  }
  Environment::of(info.Env()).tasks().forget(to_uint32(info[0]));
}

}  // namespace

void add_task_calls(Napi::Env env, Napi::Object& exports) {
  exports.Set("taskName", Napi::Function::New<task_name>(env, "taskName"));
  exports.Set("sendTasks", Napi::Function::New<send_tasks>(env, "sendTasks"));
  exports.Set("lookAtTasks", Napi::Function::New<look_at_tasks>(env, "lookAtTasks"));
  exports.Set("consumeTask", Napi::Function::New<consume_task>(env, "consumeTask"));
  exports.Set("readTask", Napi::Function::New<read_task>(env, "readTask"));
  exports.Set("cancelTask", Napi::Function::New<cancel_task>(env, "cancelTask"));
  exports.Set("serveTasks", Napi::Function::New<serve_tasks>(env, "serveTasks"));
  exports.Set("unserveTasks", Napi::Function::New<unserve_tasks>(env, "unserveTasks"));
  exports.Set("receiveTask", Napi::Function::New<receive_task>(env, "receiveTask"));
  exports.Set("updateTask", Napi::Function::New<update_task>(env, "updateTask"));
  exports.Set("isTaskWanted", Napi::Function::New<is_task_wanted>(env, "isTaskWanted"));
  exports.Set("completeTask", Napi::Function::New<complete_task>(env, "completeTask"));
  exports.Set("failTask", Napi::Function::New<fail_task>(env, "failTask"));
}

}  // namespace sidekick::node
