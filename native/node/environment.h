// What one JavaScript environment (the main thread or a worker_thread) holds of the runtime: its port with the
// doorbell, its exchanges under way, and whatever it opened and must give back at its end. Everything here belongs to
// the environment's own JavaScript thread; other threads only ring.
//
// JavaScript names things by number: scopes and slots by their place in the lists below, exchanges and operations by
// ids that JavaScript chose.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/exchange.h"
#include "core/pack_history.h"
#include "core/packed_value.h"
#include "core/pins.h"
#include "core/port.h"
#include "core/scope.h"
#include "core/script_run.h"
#include "core/slot.h"
#include "node/tasks.h"

namespace sidekick::node {

class Environment {
 public:
  explicit Environment(Napi::Env env);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  const std::shared_ptr<core::Port>& port() const { return port_; }
  core::PinSet& pins() { return pins_; }

  // `on_events` gets each batch as one flat array (events.h).
  void connect(const Napi::Function& on_events);
  // Whether waiting for events keeps the event loop alive; it does not at first.
  void keep_alive(bool alive);

  // The lower bits of an exchange's id are its place in the table, the upper ones tell its uses of that place apart:
  // an event of an exchange that was aborted may still be under way when its place is taken again.
  static constexpr std::uint32_t kExchangeIndexMask = (1U << 20) - 1;
  void add_exchange(std::shared_ptr<core::Exchange> exchange);
  core::Exchange* find_exchange(std::uint32_t id) const;
  std::shared_ptr<core::Exchange> share_exchange(std::uint32_t id) const;
  void remove_exchange(std::uint32_t id);
  // Requests on their way to PHP, with send_requests().
  void add_request(std::shared_ptr<core::Exchange> exchange);
  std::vector<std::shared_ptr<core::Exchange>> take_requests() { return std::exchange(requests_, {}); }

  void add_script(std::shared_ptr<core::ScriptRun> script) { scripts_[script->operation()] = std::move(script); }
  std::shared_ptr<core::ScriptRun> find_script(std::uint32_t operation) const;
  void release_script(std::uint32_t operation);  // stops it, if it runs

  Tasks& tasks() { return tasks_; }

  std::uint32_t add_scope(core::Scope& scope, bool opened_here);
  core::Scope& scope(std::uint32_t handle) const { return *scopes_.at(handle).scope; }
  void forget_scope(std::uint32_t handle) { scopes_.at(handle).opened_here = false; }

  std::uint32_t add_slot(core::Slot& slot);
  core::Slot& slot(std::uint32_t handle) const { return *slots_.at(handle).slot; }
  // Scratch memory of a call that packs, kept for its capacity, and giving that back when it is large.
  core::PackedValue& packed() { return packed_; }
  void trim_packed();
  // Of the values that this environment is handed one by one: answers to messages, what comes of tasks.
  core::PackHistory& values() { return values_; }
  core::PackHistory& history(std::uint32_t handle) { return *slots_.at(handle).history; }
  // A Float64Array of one element over the slot's version word (a copy where the host refuses external memory: then
  // `live` is false). Made once per environment: V8 wants one backing store per address.
  struct VersionWord {
    Napi::Value array;
    bool live;
  };
  VersionWord version_word(Napi::Env env, std::uint32_t handle);

  void hold_runtime() { runtime_holds_++; }
  void release_runtime() { runtime_holds_ -= runtime_holds_ > 0 ? 1 : 0; }

 private:
  struct OpenScope {
    core::Scope* scope;
    bool opened_here;
  };
  struct OpenSlot {
    core::Slot* slot;
    Napi::Reference<Napi::Value> word;
    std::unique_ptr<core::PackHistory> history;  // of what this environment has read
  };

  void deliver();
  void gather_tasks();
  void tear_down();
  static void on_ring(napi_env env, napi_value, void* context, void*);

  napi_env env_;
  napi_threadsafe_function bell_ = nullptr;
  std::shared_ptr<core::Port> port_;
  Napi::FunctionReference on_events_;
  std::vector<core::Event> batch_;  // kept for its capacity
  core::PinSet pins_;
  core::PackedValue packed_;
  core::PackHistory values_;
  std::vector<std::shared_ptr<core::Exchange>> exchanges_;
  std::vector<std::shared_ptr<core::Exchange>> requests_;  // that PHP has not been given yet
  std::unordered_map<std::uint32_t, std::shared_ptr<core::ScriptRun>> scripts_;
  Tasks tasks_;
  std::vector<OpenScope> scopes_;
  std::vector<OpenSlot> slots_;
  std::unordered_map<const core::Slot*, std::uint32_t> slot_handles_;
  std::uint32_t runtime_holds_ = 0;
};

}  // namespace sidekick::node
