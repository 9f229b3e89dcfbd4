// The calls that concern the runtime as a whole: start, stop, status, the event loop.
#include "core/runtime.h"

#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "node/events.h"
#include "node/process_exit.h"
#include "php/engine.h"

namespace sidekick::node {

namespace {

const char* state_name(core::RuntimeState state) {
  switch (state) {
    case core::RuntimeState::idle: return "idle";
    case core::RuntimeState::starting: return "starting";
    case core::RuntimeState::running: return "running";
    case core::RuntimeState::stopping: return "stopping";
    case core::RuntimeState::unusable: break;
  }
  return "unusable";
}

const char* state_name(core::InstanceState state) {
  switch (state) {
    case core::InstanceState::booting: return "booting";
    case core::InstanceState::ready: return "ready";
    case core::InstanceState::draining: return "draining";
    case core::InstanceState::backoff: return "backoff";
    case core::InstanceState::ended: return "ended";
    case core::InstanceState::abandoned: break;
  }
  return "abandoned";
}

const char* kind_name(core::PoolKind kind) {
  switch (kind) {
    case core::PoolKind::classic: return "classic";
    case core::PoolKind::http_worker: return "http";
    case core::PoolKind::script: return "script";
    case core::PoolKind::background: break;
  }
  return "background";
}

// (onEvents)
void connect(const Napi::CallbackInfo& info) { Environment::of(info.Env()).connect(info[0].As<Napi::Function>()); }

// (alive)
void keep_alive(const Napi::CallbackInfo& info) {
  Environment::of(info.Env()).keep_alive(info[0].As<Napi::Boolean>().Value());
}

// (operation, threads, maxThreads, iniFile, iniEntries, env, maxSnapshotBytes, budget, budgetPerInstance,
//  opcacheRestartTimeout, scriptThreads, workers, optionsKey)
void start(const Napi::CallbackInfo& info) {
  core::RuntimeOptions options;
  options.threads = to_uint32(info[1]);
  options.max_threads = to_uint32(info[2]);
  options.ini_file = to_text(info[3]);
  options.ini_entries = to_text(info[4]);
  options.env = to_environment(info[5]);
  options.max_snapshot_bytes = static_cast<std::size_t>(info[6].As<Napi::Number>().Int64Value());
  options.vars_budget = static_cast<std::size_t>(info[7].As<Napi::Number>().Int64Value());
  options.vars_budget_per_instance = static_cast<std::size_t>(info[8].As<Napi::Number>().Int64Value());
  options.opcache_restart_timeout = to_milliseconds(info[9]);
  options.script_threads = to_uint32(info[10]);
  options.workers = to_workers(info[11]);
  arm_exit_handler();
  core::Runtime::instance().start(php::engine(), std::move(options), to_text(info[12]),
                                  Environment::of(info.Env()).port(), to_uint32(info[0]));
}

// (): a start() of this environment has succeeded; it owes one stop()
void started(const Napi::CallbackInfo& info) {
  arm_exit_handler();
  Environment::of(info.Env()).hold_runtime();
}

// (operation, grace)
void stop(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  environment.release_runtime();
  core::Runtime::instance().stop(to_milliseconds(info[1]), environment.port(), to_uint32(info[0]));
}

void stop_for_exit_call(const Napi::CallbackInfo&) { stop_for_exit(kExitBound); }

Napi::Value php_version(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), php::version()); }

Napi::Array tasks_to_js(Napi::Env env, const std::vector<core::TaskStatus>& tasks) {
  auto list = Napi::Array::New(env, tasks.size());
  std::uint32_t place = 0;
  for (const core::TaskStatus& each : tasks) {
    const core::TaskNumbers& numbers = each.numbers;
    auto object = Napi::Object::New(env);
    object.Set("scope", each.scope);
    object.Set("worker", each.worker);
    object.Set("waiting", static_cast<double>(numbers.waiting));
    object.Set("unaccepted", static_cast<double>(numbers.unaccepted));
    object.Set("running", static_cast<double>(numbers.running));
    object.Set("completed", static_cast<double>(numbers.completed));
    object.Set("aborted", static_cast<double>(numbers.aborted));
    object.Set("abandoned", static_cast<double>(numbers.abandoned));
    object.Set("timedOut", static_cast<double>(numbers.timed_out));
    list.Set(place++, object);
  }
  return list;
}

Napi::Value status(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const core::RuntimeStatus status = core::Runtime::instance().status();
  auto object = Napi::Object::New(env);
  object.Set("state", state_name(status.state));
  auto threads = Napi::Array::New(env, status.instances.size());
  std::uint32_t place = 0;
  for (const core::InstanceStatus& instance : status.instances) {
    auto thread = Napi::Object::New(env);
    thread.Set("kind", kind_name(instance.kind));
    thread.Set("scope", instance.scope);
    thread.Set("worker", instance.worker);
    thread.Set("instance", instance.index);
    thread.Set("state", state_name(instance.state));
    thread.Set("since", std::chrono::duration<double, std::milli>(
                            std::chrono::floor<std::chrono::milliseconds>(instance.since.time_since_epoch()))
                            .count());
    thread.Set("busy", instance.busy);
    thread.Set("generation", instance.generation);
    thread.Set("requests", static_cast<double>(instance.requests));
    thread.Set("memoryBytes", static_cast<double>(instance.memory_bytes));
    thread.Set("supersededSnapshots", static_cast<double>(instance.superseded.snapshots));
    thread.Set("supersededBytes", static_cast<double>(instance.superseded.bytes));
    thread.Set("copiedReads", static_cast<double>(instance.copied_reads));
    thread.Set("failures", instance.failures);
    thread.Set("lastError", last_error_to_js(env, instance.last_error));
    threads.Set(place++, thread);
  }
  object.Set("threads", threads);
  object.Set("tasks", tasks_to_js(env, status.tasks));
  auto pools = Napi::Array::New(env, status.pools.size());
  place = 0;
  for (const core::PoolStatus& each : status.pools) {
    auto pool = Napi::Object::New(env);
    pool.Set("kind", kind_name(each.kind));
    pool.Set("scope", each.scope);
    pool.Set("worker", each.worker);
    pool.Set("threads", static_cast<double>(each.threads));
    pool.Set("minThreads", each.least);
    pool.Set("maxThreads", each.most);
    pool.Set("waiting", static_cast<double>(each.waiting));
    pools.Set(place++, pool);
  }
  object.Set("pools", pools);
  object.Set("classicWaiting", static_cast<double>(status.classic_waiting));
  object.Set("abandonedThreads", status.abandoned_threads);
  auto vars = Napi::Object::New(env);
  vars.Set("currentBytes", static_cast<double>(status.current_bytes));
  vars.Set("supersededSnapshots", static_cast<double>(status.superseded.snapshots));
  vars.Set("supersededBytes", static_cast<double>(status.superseded.bytes));
  object.Set("vars", vars);
  auto opcache = Napi::Object::New(env);
  opcache.Set("restarts", static_cast<double>(status.opcache.restarts));
  opcache.Set("waiting", status.restart_waiting);
  opcache.Set("failedAttempts", static_cast<double>(status.restarts_put_off));
  opcache.Set("resets", static_cast<double>(status.opcache.resets));
  opcache.Set("memoryBytes", static_cast<double>(status.opcache.memory_bytes));
  opcache.Set("wastedBytes", static_cast<double>(status.opcache.wasted_bytes));
  opcache.Set("freeBytes", static_cast<double>(status.opcache.free_bytes));
  opcache.Set("full", status.opcache.full);
  object.Set("opcache", opcache);
  return object;
}

}  // namespace

void add_runtime_calls(Napi::Env env, Napi::Object& exports) {
  exports.Set("connect", Napi::Function::New<connect>(env, "connect"));
  exports.Set("keepAlive", Napi::Function::New<keep_alive>(env, "keepAlive"));
  exports.Set("start", Napi::Function::New<start>(env, "start"));
  exports.Set("started", Napi::Function::New<started>(env, "started"));
  exports.Set("stop", Napi::Function::New<stop>(env, "stop"));
  exports.Set("stopForExit", Napi::Function::New<stop_for_exit_call>(env, "stopForExit"));
  exports.Set("phpVersion", Napi::Function::New<php_version>(env, "phpVersion"));
  exports.Set("status", Napi::Function::New<status>(env, "status"));
}

}  // namespace sidekick::node
