#include "node/environment.h"

#include <algorithm>

#include "core/runtime.h"
#include "node/events.h"
#include "node/process_exit.h"

namespace sidekick::node {

namespace {

// Grace for workers whose JavaScript thread has ended without closing them.
constexpr core::Milliseconds kOrphanGrace{30'000};

void check(napi_env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

}  // namespace

Environment::Environment(Napi::Env env) : env_(env) {
  napi_value name = Napi::String::New(env, "php-sidekick");
  check(env,
        napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_ring, &bell_));
  check(env, napi_unref_threadsafe_function(env, bell_));
  port_ = std::make_shared<core::Port>(
      [bell = bell_] { napi_call_threadsafe_function(bell, nullptr, napi_tsfn_nonblocking); });
  // Cleanup hooks run last in, first out: ours closes the port before the bell's own hook takes the bell away.
  env.AddCleanupHook([](Environment* self) { self->tear_down(); }, this);
}

void Environment::connect(const Napi::Function& on_events) { on_events_ = Napi::Persistent(on_events); }

void Environment::keep_alive(bool alive) {
  check(env_, alive ? napi_ref_threadsafe_function(env_, bell_) : napi_unref_threadsafe_function(env_, bell_));
}

void Environment::on_ring(napi_env env, napi_value, void* context, void*) {
  if (env == nullptr) return;  // the environment is being torn down
  auto* self = static_cast<Environment*>(context);
  self->batch_.clear();
  self->port_->drain(self->batch_);
  if (self->batch_.empty() || self->on_events_.IsEmpty()) return;
  try {
    self->deliver();
  } catch (const Napi::Error&) {
    // The environment is being terminated and takes nothing any more: its cleanup hook does the rest.
  }
}

// All that is about tasks becomes one event: JavaScript looks at them together (node/tasks.h).
void Environment::gather_tasks() {
  std::erase_if(batch_, [this](const core::Event& event) {
    if (event.kind == core::EventKind::task) tasks_.note(event.id);
    return event.kind == core::EventKind::task;
  });
  if (!tasks_.has_notes()) return;
  batch_.emplace_back().kind = core::EventKind::task;
}

void Environment::deliver() {
  const Napi::HandleScope scope(env_);
  gather_tasks();
  const napi_value events = events_to_js(env_, batch_);
  for (const core::Event& event : batch_) {
    if (event.kind == core::EventKind::response && (event.flags & core::Event::kLast) != 0) remove_exchange(event.id);
  }
  batch_.clear();
  // Not Napi::Function::Call: an exception of a callback is for Node to report, as any other ('uncaughtException').
  napi_value global = nullptr;
  napi_value error = nullptr;
  check(env_, napi_get_global(env_, &global));
  if (napi_call_function(env_, global, on_events_.Value(), 1, &events, nullptr) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env_, &error) == napi_ok) {
    napi_fatal_exception(env_, error);
  }
}

void Environment::add_exchange(std::shared_ptr<core::Exchange> exchange) {
  const std::uint32_t index = exchange->id() & kExchangeIndexMask;
  if (index >= exchanges_.size()) exchanges_.resize(index + 1);
  exchanges_[index] = std::move(exchange);
}

void Environment::add_request(std::shared_ptr<core::Exchange> exchange) {
  add_exchange(exchange);
  requests_.push_back(std::move(exchange));
}

core::Exchange* Environment::find_exchange(std::uint32_t id) const {
  const std::uint32_t index = id & kExchangeIndexMask;
  if (index >= exchanges_.size() || !exchanges_[index] || exchanges_[index]->id() != id) return nullptr;
  return exchanges_[index].get();
}

std::shared_ptr<core::Exchange> Environment::share_exchange(std::uint32_t id) const {
  return find_exchange(id) == nullptr ? nullptr : exchanges_[id & kExchangeIndexMask];
}

void Environment::remove_exchange(std::uint32_t id) {
  if (find_exchange(id) != nullptr) exchanges_[id & kExchangeIndexMask].reset();
}

std::shared_ptr<core::ScriptRun> Environment::find_script(std::uint32_t operation) const {
  const auto found = scripts_.find(operation);
  return found == scripts_.end() ? nullptr : found->second;
}

void Environment::release_script(std::uint32_t operation) {
  if (auto script = find_script(operation)) core::Runtime::instance().abort_script(std::move(script));
  scripts_.erase(operation);
}

std::uint32_t Environment::add_scope(core::Scope& scope, bool opened_here) {
  const auto found = std::ranges::find(scopes_, &scope, &OpenScope::scope);
  if (found != scopes_.end()) return static_cast<std::uint32_t>(found - scopes_.begin());
  scopes_.push_back({&scope, opened_here});
  return static_cast<std::uint32_t>(scopes_.size() - 1);
}

std::uint32_t Environment::add_slot(core::Slot& slot) {
  const auto [place, added] = slot_handles_.try_emplace(&slot, static_cast<std::uint32_t>(slots_.size()));
  if (added) slots_.push_back({&slot, {}, std::make_unique<core::PackHistory>()});
  return place->second;
}

Environment::VersionWord Environment::version_word(Napi::Env env, std::uint32_t handle) {
  OpenSlot& open = slots_.at(handle);
  if (!open.word.IsEmpty()) return {open.word.Value(), true};
  // JavaScript only reads it; Node-API has no way to say so.
  void* address = const_cast<std::atomic<double>*>(open.slot->version_word());
  napi_value memory = nullptr;
  const auto release = [](napi_env, void*, void*) {};  // slots are never freed
  if (napi_create_external_arraybuffer(env, address, sizeof(double), release, nullptr, &memory) != napi_ok) {
    bool pending = false;
    napi_value ignored = nullptr;
    if (napi_is_exception_pending(env, &pending) == napi_ok && pending)
      napi_get_and_clear_last_exception(env, &ignored);
    auto copy = Napi::Float64Array::New(env, 1);
    copy[0] = open.slot->version_word()->load(std::memory_order_acquire);
    return {copy, false};
  }
  napi_value array = nullptr;
  check(env, napi_create_typedarray(env, napi_float64_array, 1, memory, 0, &array));
  open.word = Napi::Reference<Napi::Value>::New(Napi::Value(env, array), 1);
  return {open.word.Value(), true};
}

void Environment::trim_packed() {
  constexpr std::size_t kKept = 1U << 20U;  // bytes
  const std::size_t bytes = packed_.ops.capacity() * sizeof(std::int32_t) + packed_.text.bytes.capacity() +
                            packed_.new_text.bytes.capacity() + packed_.bytes.capacity();
  if (bytes > kKept) packed_ = {};
}

void Environment::tear_down() {
  port_->close();
  for (const auto& exchange : exchanges_) {
    if (exchange) exchange->abort();
  }
  exchanges_.clear();
  requests_.clear();
  while (!scripts_.empty()) release_script(scripts_.begin()->first);
  tasks_.leave();
  if (!process_is_exiting()) {
    core::Runtime& runtime = core::Runtime::instance();
    for (const OpenScope& open : scopes_) {
      if (open.opened_here) runtime.close_scope(*open.scope, port_, 0);
    }
    for (; runtime_holds_ > 0; runtime_holds_--) runtime.stop(kOrphanGrace, port_, 0);
  }
  pins_.release_all();
}

}  // namespace sidekick::node
