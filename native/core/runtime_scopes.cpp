// What JavaScript asks for: scopes, requests on their way to a pool, scripts, demands, restarts. Most of it is an
// action for the supervisor; a request goes to its queue at once.
#include <utility>

#include "core/runtime.h"
#include "core/runtime_answers.h"

namespace sidekick::core {

// With mutex_ held.
Scope& Runtime::add_scope(ScopeOptions options, const std::shared_ptr<Port>& port) {
  const auto id = static_cast<std::uint32_t>(scopes_.size());
  return *scopes_.emplace_back(std::make_unique<Scope>(id, std::move(options), port, global_));
}

Scope& Runtime::create_scope(ScopeOptions options, const std::shared_ptr<Port>& port, std::uint32_t operation) {
  Scope* scope = nullptr;
  {
    std::lock_guard lock(mutex_);
    scope = &add_scope(std::move(options), port);
  }
  const bool posted = post([scope, port, operation](Supervisor& supervisor, TimePoint now) {
    supervisor.create_scope(
        *scope, [port, operation](const Failure& failure) { answer(port, operation, failure); }, now);
  });
  if (!posted) {
    scope->closed.store(true);
    answer(port, operation, not_running());
  }
  return *scope;
}

void Runtime::close_scope(Scope& scope, const std::shared_ptr<Port>& port, std::uint32_t operation) {
  const bool posted = post([&scope, port, operation](Supervisor& supervisor, TimePoint now) {
    supervisor.close_scope(
        scope, [port, operation](const Failure& failure) { answer(port, operation, failure); }, now);
  });
  if (!posted) port->push_done(operation);  // everything is closed already
}

Scope* Runtime::take_global_scope() {
  std::lock_guard lock(mutex_);
  return std::exchange(global_is_taken_, true) ? nullptr : global_;
}

Scope* Runtime::find_scope(std::string_view name) {
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(scopes_.begin(), scopes_.end(), [&](const auto& scope) {
    return scope.get() != global_ && scope->options().name == name && !scope->closed.load();
  });
  return found == scopes_.end() ? nullptr : found->get();
}

Failure Runtime::dispatch(std::shared_ptr<Exchange> exchange) {
  const Scope& scope = exchange->scope();
  const std::int32_t worker = exchange->worker();
  if (scope.closed.load()) {
    return {.code = FailureCode::stopped, .message = "scope '" + scope.options().name + "' is closed"};
  }
  bool crowded = false;
  Pool* short_of_threads = nullptr;
  const auto enqueue = [&](Pool& pool) -> Failure {
    if (!pool.queue().has_room(scope.options().max_queue)) {
      return {.code = FailureCode::queue_full,
              .message = "scope '" + scope.options().name + "': " + std::to_string(scope.options().max_queue) +
                         " requests are waiting for a PHP thread"};
    }
    crowded = pool.queue().waiting() >= scope.options().max_queue / 2;
    if (!pool.queue().push(std::move(exchange))) return not_running();
    if (pool.must_tell_of_work()) short_of_threads = &pool;
    return {};
  };
  Failure failure = not_running();
  if (worker >= 0) {
    if (Pool* pool = scope.http_pool(static_cast<std::uint32_t>(worker))) failure = enqueue(*pool);
  } else {
    std::lock_guard lock(mutex_);  // holds the supervisor, and with it the queue, in place
    if (classic_pool_ != nullptr) failure = enqueue(*classic_pool_);
  }
  if (short_of_threads != nullptr) {
    post([pool = short_of_threads](Supervisor& supervisor, TimePoint now) { supervisor.on_work_waiting(*pool, now); });
  }
  // The other half of the queue is for those that come until the workers are back: a full opcache is better than a
  // refused request.
  if (crowded && gate_.is_closed()) {
    post([](Supervisor& supervisor, TimePoint now) { supervisor.put_off_restart(now); });
  }
  return failure;
}

bool Runtime::withdraw(const Exchange& exchange) {
  if (exchange.worker() >= 0) {
    Pool* pool = exchange.scope().http_pool(static_cast<std::uint32_t>(exchange.worker()));
    return pool != nullptr && pool->queue().remove(exchange);
  }
  std::lock_guard lock(mutex_);
  return classic_pool_ != nullptr && classic_pool_->queue().remove(exchange);
}

void Runtime::stop_request(std::shared_ptr<Exchange> exchange) {
  exchange->abort();  // before it is looked up who serves it: a thread that takes it from now on drops it
  if (withdraw(*exchange)) return;
  post([exchange = std::move(exchange)](Supervisor& supervisor, TimePoint now) {
    supervisor.stop_request(exchange, now);
  });
}

void Runtime::demand(Scope& scope, std::vector<std::string> names, Want want, Milliseconds timeout,
                     const std::shared_ptr<Port>& port, std::uint32_t operation) {
  Demand demand{.scope = &scope,
                .names = std::move(names),
                .want = want,
                .deadline = Clock::now() + timeout,
                .reply = [port, operation](const Failure& failure) { answer(port, operation, failure); }};
  const bool posted =
      post([demand = std::move(demand)](Supervisor& supervisor, TimePoint now) { supervisor.demand(demand, now); });
  if (!posted) answer(port, operation, not_running());
}

void Runtime::run_script(std::shared_ptr<ScriptRun> script) {
  const bool posted = post([script](Supervisor& supervisor, TimePoint now) { supervisor.run_script(script, now); });
  if (!posted) script->fail(not_running());
}

void Runtime::abort_script(std::shared_ptr<ScriptRun> script) {
  script->close();
  post([script = std::move(script)](Supervisor& supervisor, TimePoint now) { supervisor.abort_script(*script, now); });
}

void Runtime::restart(Scope& scope, std::vector<std::string> names, const std::shared_ptr<Port>& port,
                      std::uint32_t operation) {
  const bool posted = post([&scope, names = std::move(names), port, operation](Supervisor& supervisor, TimePoint now) {
    supervisor.restart(
        scope, names, [port, operation](const Failure& failure) { answer(port, operation, failure); }, now);
  });
  if (!posted) answer(port, operation, not_running());
}

}  // namespace sidekick::core
