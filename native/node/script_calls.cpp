// The calls behind runtime.run(): a script that runs once, its input and its output. A run is named by the number of
// its operation, which is answered when it has ended. A call for a run that was released does nothing.
#include "core/script_run.h"

#include "core/runtime.h"
#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "node/events.h"

namespace sidekick::node {

namespace {

core::ScriptRun* find_script(const Napi::CallbackInfo& info) {
  return Environment::of(info.Env()).find_script(to_uint32(info[0])).get();
}

// The stream by its flag in events: 2 stdout, 4 stderr.
core::BytePipe& output_of(core::ScriptRun& script, const Napi::Value& stream) {
  return to_uint32(stream) == core::Event::kOutput ? script.output : script.error;
}

// (operation, file, args, env, cwd)
void run_script(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  core::ScriptOptions options{
      .file = to_text(info[1]), .args = to_texts(info[2]), .env = to_environment(info[3]), .cwd = to_text(info[4])};
  auto script = std::make_shared<core::ScriptRun>(std::move(options), environment.port(), to_uint32(info[0]));
  environment.add_script(script);
  core::Runtime::instance().run_script(std::move(script));
}

// (operation, bytes): false: wait for the event before giving more
Napi::Value push_input(const Napi::CallbackInfo& info) {
  core::ScriptRun* script = find_script(info);
  return Napi::Boolean::New(info.Env(), script == nullptr || script->input.offer(to_bytes(info[1])));
}

// (operation)
void end_input(const Napi::CallbackInfo& info) {
  if (core::ScriptRun* script = find_script(info)) script->input.end();
}

// (operation, stream): a Buffer; undefined: nothing now; null: nothing any more
Napi::Value take_output(const Napi::CallbackInfo& info) {
  core::ScriptRun* script = find_script(info);
  if (script == nullptr) return info.Env().Null();
  core::BytePipe& pipe = output_of(*script, info[1]);
  std::string bytes = pipe.take();
  if (!bytes.empty()) return Napi::Value(info.Env(), to_buffer(info.Env(), std::move(bytes)));
  return pipe.is_exhausted() ? info.Env().Null() : info.Env().Undefined();
}

// (operation, stream): what the script writes to it from now on fails
void close_output(const Napi::CallbackInfo& info) {
  if (core::ScriptRun* script = find_script(info)) output_of(*script, info[1]).close();
}

// (operation): stops it, if it still runs, and forgets it
void release_script(const Napi::CallbackInfo& info) { Environment::of(info.Env()).release_script(to_uint32(info[0])); }

}  // namespace

void add_script_calls(Napi::Env env, Napi::Object& exports) {
  exports.Set("runScript", Napi::Function::New<run_script>(env, "runScript"));
  exports.Set("pushInput", Napi::Function::New<push_input>(env, "pushInput"));
  exports.Set("endInput", Napi::Function::New<end_input>(env, "endInput"));
  exports.Set("takeOutput", Napi::Function::New<take_output>(env, "takeOutput"));
  exports.Set("closeOutput", Napi::Function::New<close_output>(env, "closeOutput"));
  exports.Set("releaseScript", Napi::Function::New<release_script>(env, "releaseScript"));
}

}  // namespace sidekick::node
