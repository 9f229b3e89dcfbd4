#include "core/runtime.h"

#include <algorithm>
#include <system_error>

#include "core/runtime_answers.h"

namespace sidekick::core {

namespace {

// What a PHP thread waits on while the supervisor works on its demand. Shared: either side may leave first.
struct Answer {
  std::mutex mutex;  // guards failure; a leaf
  std::condition_variable_any answered;
  std::optional<Failure> failure;
};

}  // namespace

Runtime& Runtime::instance() {
  static auto* runtime = new Runtime;
  return *runtime;
}

Runtime::Runtime() {
  gate_.when_empty([this] { post([](Supervisor& supervisor, TimePoint now) { supervisor.on_gate_empty(now); }); });
}

// --- Start and stop -------------------------------------------------------------------------------------------------

void Runtime::start(Engine& engine, RuntimeOptions options, std::string options_key, std::shared_ptr<Port> port,
                    std::uint32_t operation) {
  Failure failure;
  {
    std::unique_lock lock(mutex_);
    if (exiting_) {
      failure = {.code = FailureCode::stopped, .message = "the process is ending"};
    } else if (state_ == RuntimeState::stopping) {
      pending_starts_.push_back({&engine, std::move(options), std::move(options_key), std::move(port), operation});
      return;
    } else if (state_ == RuntimeState::unusable) {
      failure = {.code = FailureCode::native,
                 .message =
                     "PHP cannot be started again in this process: a thread of the last runtime could not be "
                     "stopped and still uses it; restart the process"};
    } else if (state_ != RuntimeState::idle && options_key != options_key_) {
      failure = {.code = FailureCode::config,
                 .message =
                     "Runtime.start(): the runtime of this process runs with other options; there is one PHP "
                     "per process, start it once or with the same options everywhere"};
    } else if (state_ == RuntimeState::running) {
      holders_++;
    } else {
      holders_++;
      start_operations_.emplace_back(port, operation);
      if (state_ == RuntimeState::starting) return;
      state_ = RuntimeState::starting;
      restarts_wanted_.store(0);
      options_ = std::move(options);
      options_key_ = std::move(options_key);
      engine_ = &engine;
      port_ = port;
      Thread previous = std::move(main_);
      lock.unlock();
      previous.join();
      try {
        Thread main("php-main", [this] { main_thread(); });
        lock.lock();
        main_ = std::move(main);
      } catch (const std::system_error& error) {
        answer_starts({.code = FailureCode::native, .message = error.what()});
      }
      return;
    }
  }
  answer(port, operation, failure);
}

// All who wait for the start; on a failure nobody holds the runtime and it may be tried again.
void Runtime::answer_starts(const Failure& failure) {
  std::vector<std::pair<std::shared_ptr<Port>, std::uint32_t>> operations;
  std::deque<Action> dropped;  // what was asked of a supervisor that will not be; destroyed without the lock
  {
    std::lock_guard lock(mutex_);
    operations.swap(start_operations_);
    state_ = failure ? RuntimeState::idle : RuntimeState::running;
    if (failure) {
      holders_ = 0;
      dropped.swap(mailbox_);
      stopped_.notify_all();
    }
  }
  for (const auto& [port, operation] : operations) answer(port, operation, failure);
}

void Runtime::stop(Milliseconds grace, std::shared_ptr<Port> port, std::uint32_t operation) {
  {
    std::lock_guard lock(mutex_);
    if (state_ == RuntimeState::running && --holders_ == 0) {
      state_ = RuntimeState::stopping;
      mailbox_.emplace_back([grace](Supervisor& supervisor, TimePoint now) { supervisor.shut_down(grace, now); });
      posted_.notify_one();
    }
    if (state_ == RuntimeState::stopping) {
      stop_operations_.emplace_back(std::move(port), operation);
      return;
    }
  }
  port->push_done(operation);  // others hold it still, or nothing runs
}

bool Runtime::stop_for_exit(Milliseconds bound) {
  std::unique_lock lock(mutex_);
  exiting_ = true;
  if (state_ == RuntimeState::unusable) return false;
  if (state_ != RuntimeState::idle) {
    if (state_ == RuntimeState::running) state_ = RuntimeState::stopping;
    mailbox_.emplace_back([](Supervisor& supervisor, TimePoint now) { supervisor.shut_down(Milliseconds{0}, now); });
    posted_.notify_one();
    stopped_.wait_for(lock, bound, [this] { return state_ == RuntimeState::idle || state_ == RuntimeState::unusable; });
  }
  if (state_ != RuntimeState::idle) return false;
  Thread main = std::move(main_);
  lock.unlock();
  main.join();
  return true;
}

void Runtime::main_thread() {
  if (std::string problem = engine_->start_up(options_); !problem.empty()) {
    answer_starts({.code = FailureCode::native, .message = std::move(problem)});
    return;
  }
  supervise();
}

void Runtime::supervise() {
  auto supervisor = std::make_unique<Supervisor>(*this, gate_, options_);
  supervisor->start_classic(Clock::now());
  if (supervisor->live_threads() == 0) {
    engine_->shut_down();
    answer_starts({.code = FailureCode::native, .message = "the system refused to start a single PHP thread"});
    return;
  }
  {
    std::lock_guard lock(mutex_);
    classic_pool_ = &supervisor->classic_pool();
    global_ = nullptr;
    global_is_taken_ = false;
  }
  // With workers of its own, the runtime has started when their scope has opened.
  std::optional<Failure> start_failure;
  if (options_.workers.empty()) {
    answer_starts({});
  } else {
    std::unique_lock lock(mutex_);
    ScopeOptions options;
    options.workers = options_.workers;
    Scope* const global = &add_scope(std::move(options), port_);
    global_ = global;
    lock.unlock();
    const auto opened = [this, &start_failure](const Failure& failure) {
      if (failure) {
        start_failure = failure;
      } else {
        answer_starts({});
      }
    };
    supervisor->create_scope(*global, opened, Clock::now());
  }

  std::deque<Action> actions;
  while (!supervisor->finished()) {
    if (start_failure) supervisor->shut_down(Milliseconds{0}, Clock::now());
    if (supervisor->finished()) break;
    {
      std::unique_lock lock(mutex_);
      const auto posted = [this] { return !mailbox_.empty(); };
      if (const auto due = supervisor->next_due()) {
        posted_.wait_until(lock, *due, posted);
      } else {
        posted_.wait(lock, posted);
      }
      actions.swap(mailbox_);
    }
    for (const Action& action : actions) action(*supervisor, Clock::now());
    actions.clear();
    supervisor->run_due(Clock::now());
  }

  const bool clean = supervisor->abandoned() == 0;
  {
    std::lock_guard lock(mutex_);
    classic_pool_ = nullptr;
    for (const auto& scope : scopes_) scope->closed.store(true);
  }
  if (clean) engine_->shut_down();
  std::vector<std::pair<std::shared_ptr<Port>, std::uint32_t>> operations;
  std::vector<PendingStart> starts;
  std::vector<std::pair<std::shared_ptr<Port>, std::uint32_t>> never_started;
  {
    std::lock_guard lock(mutex_);
    state_ = clean ? RuntimeState::idle : RuntimeState::unusable;
    holders_ = 0;
    actions.swap(mailbox_);
    operations.swap(stop_operations_);
    never_started.swap(start_operations_);
    starts.swap(pending_starts_);
    port_.reset();
    stopped_.notify_all();
  }
  for (const Action& action : actions) action(*supervisor, Clock::now());  // latecomers are told that it has stopped
  if (!clean) static_cast<void>(supervisor.release());                     // the abandoned threads refer to it
  for (const auto& [port, operation] : never_started) answer(port, operation, start_failure.value_or(not_running()));
  for (const auto& [port, operation] : operations) port->push_done(operation);
  for (PendingStart& pending : starts) {
    start(*pending.engine, std::move(pending.options), std::move(pending.options_key), std::move(pending.port),
          pending.operation);
  }
}

bool Runtime::post(Action action) {
  std::lock_guard lock(mutex_);
  if (state_ != RuntimeState::starting && state_ != RuntimeState::running && state_ != RuntimeState::stopping) {
    return false;
  }
  mailbox_.push_back(std::move(action));
  posted_.notify_one();
  return true;
}

// --- ThreadHost -----------------------------------------------------------------------------------------------------

void Runtime::spawn(Instance& instance) {
  const Pool& pool = instance.pool();
  const char* kind = pool.kind() == PoolKind::classic       ? "php-"
                     : pool.kind() == PoolKind::http_worker ? "phpw-"
                     : pool.kind() == PoolKind::script      ? "phps-"
                                                            : "phpb-";
  Thread thread(kind + std::to_string(instance.index()) + pool.name(), [this, &instance] {
    engine_->serve(instance);
    post([this, &instance](Supervisor& supervisor, TimePoint now) {
      if (auto ended = threads_.extract(&instance)) ended.mapped().join();
      supervisor.on_thread_ended(instance, now);
    });
  });
  threads_.emplace(&instance, std::move(thread));
}

// --- PHP threads ----------------------------------------------------------------------------------------------------

void Runtime::report_ready(Instance& instance) {
  post([&instance](Supervisor& supervisor, TimePoint now) { supervisor.on_ready(instance, now); });
}

void Runtime::report_published(Slot& slot) {
  post([&slot](Supervisor& supervisor, TimePoint now) { supervisor.on_published(slot, now); });
}

void Runtime::report_over_budget(Instance& instance) {
  post([&instance](Supervisor& supervisor, TimePoint now) { supervisor.on_over_budget(instance, now); });
}

void Runtime::report_run_ended(Instance& instance, RunReport report) {
  post([&instance, report = std::move(report)](Supervisor& supervisor, TimePoint now) {
    supervisor.on_run_ended(instance, report, now);
  });
}

void Runtime::report_forced_out(Instance& instance) {
  post([&instance](Supervisor& supervisor, TimePoint now) { supervisor.on_forced_out(instance, now); });
}

void Runtime::report_restart_wanted(RestartReason reason) {
  // opcache asks again and again until it is done: one action is under way for each reason.
  const std::uint32_t bit = 1U << static_cast<std::uint32_t>(reason);
  if ((restarts_wanted_.fetch_or(bit) & bit) != 0) return;
  const bool posted = post([this, bit, reason](Supervisor& supervisor, TimePoint now) {
    restarts_wanted_.fetch_and(~bit);
    supervisor.restart_cache(reason, now);
  });
  if (!posted) restarts_wanted_.fetch_and(~bit);
}

Failure Runtime::demand_and_wait(Demand demand, Milliseconds timeout, const std::stop_token& leave) {
  auto shared = std::make_shared<Answer>();
  demand.deadline = Clock::now() + timeout;
  demand.reply = [shared](const Failure& failure) {
    std::lock_guard lock(shared->mutex);
    shared->failure = failure;
    shared->answered.notify_all();
  };
  if (!post([demand = std::move(demand)](Supervisor& supervisor, TimePoint now) { supervisor.demand(demand, now); })) {
    return not_running();
  }
  std::unique_lock lock(shared->mutex);
  shared->answered.wait(lock, leave, [&] { return shared->failure.has_value(); });
  if (shared->failure) return std::move(*shared->failure);
  return {.code = FailureCode::stopped, .message = "this worker is being stopped"};
}

void Runtime::log(LogLevel level, std::string message, const Scope* scope, const WorkerLabel* worker,
                  std::string context) {
  Event event;
  event.kind = EventKind::log;
  event.level = level;
  event.head = std::move(message);
  event.body = std::move(context);
  if (worker != nullptr) event.worker = std::make_unique<WorkerLabel>(*worker);
  std::shared_ptr<Port> port;
  if (scope != nullptr) {
    port = scope->port();
  } else {
    std::lock_guard lock(mutex_);
    port = port_;
  }
  if (port) port->push(std::move(event));
}

}  // namespace sidekick::core
