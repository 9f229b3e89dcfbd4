#include "supervisor_world.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace sidekick::core::test {

namespace {

// The bounds of supervisor_life.cpp: for the script, for its shutdown functions, and for forcing those.
constexpr Milliseconds kForceBound{3 * 1000};
const std::vector<std::string> kNames{"a", "b", "c", "x", "y"};  // x and y: only a catch-all serves them

RuntimeOptions runtime_options(std::uint32_t threads) {
  RuntimeOptions options;
  options.threads = threads;
  options.max_threads = threads + 1;
  options.script_threads = 2;
  return options;
}

}  // namespace

World::World(std::uint64_t seed)
    : random_(seed),
      refused_percent_(chance(30) ? 15 : 0),
      clean_percent_(chance(50) ? 10 : 60),
      ready_percent_(chance(30) ? 4 : 40),
      refuses_restarts_(chance(10)) {
  gate_.when_empty([this] { gate_emptied_ = true; });
  supervisor_ = std::make_unique<Supervisor>(*this, gate_, runtime_options(1 + below(2)));
  supervisor_->start_classic(now_);
}

void World::note(std::string what) {
  trace_.push_back(std::to_string(now_.time_since_epoch() / Milliseconds{1}) + " ms: " + std::move(what));
}

std::string World::called(const PlayedThread& thread) const {
  const Pool& pool = *thread.pool;
  const std::string scope = pool.scope() == nullptr ? "" : std::to_string(pool.scope()->id()) + ":";
  return scope + pool.name() + "#" + std::to_string(thread.index);
}

// Mostly one that is open.
PlayedScope& World::any_scope() {
  PlayedScope* scope = any(scopes_).get();
  for (int again = 0; again < 4 && scope->scope->closed.load(); again++) scope = any(scopes_).get();
  return *scope;
}

// One that has something to do.
PlayedThread* World::any_thread() {
  std::vector<PlayedThread*> awake;
  for (const auto& thread : threads_) {
    if (thread->place != Place::waiting && thread->place != Place::ended) awake.push_back(thread.get());
  }
  return awake.empty() ? nullptr : any(awake);
}

void World::play(std::uint32_t steps) {
  for (std::uint32_t count = 0; count < steps; count++) step();
}

void World::step() {
  const std::uint32_t what = below(1000);
  if (scopes_.empty() || what < 15) {
    create_scope();
  } else if (what < 22) {
    close_scope(any_scope());
  } else if (what < 90) {
    ask(nullptr);
  } else if (what < 100) {
    publish_from_javascript();
  } else if (what < 110) {
    note("opcache is full");
    supervisor_->restart_cache(RestartReason::memory, now_);
  } else if (what < 115) {
    note("requests wait");
    supervisor_->put_off_restart(now_);
  } else if (what < 125) {
    restart(*any_scope().scope);
  } else if (what < 145) {
    request();
  } else if (what < 160) {
    run_script();
  } else if (what < 165) {
    abort_script();
  } else if (what < 250) {
    static constexpr int kTimes[] = {0, 1, 50, 100, 400, 1000, 1000, 6000, 31'000, 70'000};
    pass(Milliseconds{kTimes[below(std::size(kTimes))]});
  } else if (PlayedThread* thread = any_thread()) {
    act(*thread);
  }
  if (std::exchange(gate_emptied_, false)) supervisor_->on_gate_empty(now_);
  take_orders();
  if (chance(70)) supervisor_->run_due(now_);  // the runtime does it after each batch of what was posted
  take_orders();
  look();
}

void World::create_scope() {
  if (scopes_.size() >= 5) return;
  ScopeOptions options;
  options.name = "app";
  options.stop_timeout = Milliseconds{below(3) * 1000};
  options.start_timeout = Milliseconds{chance(30) ? 2000 : 30'000};
  options.restart_timeout = Milliseconds{below(3) * 500};
  options.js_vars = {"flags"};
  const auto declare = [&](std::string name, bool background, std::uint32_t num) {
    WorkerOptions worker;
    worker.file = "/app/worker.php";
    worker.name = std::move(name);
    worker.background = background;
    worker.num = num;
    static constexpr int kLimits[] = {-1, 1, 2, 6};
    worker.max_consecutive_failures = kLimits[below(4)];
    worker.recycle = !background && chance(50);
    if (!background && chance(50)) worker.max_threads = num + 1 + below(2);
    if (worker.is_catch_all()) worker.max_threads = 1 + below(3);
    options.workers.push_back(std::move(worker));
  };
  for (const char* name : {"a", "b", "c"}) {
    if (chance(70)) declare(name, true, chance(50) ? 0 : below(4));
  }
  if (chance(50)) declare("", true, 0);
  if (chance(50)) declare("http", false, 1 + below(3));
  auto& made = *scopes_.emplace_back(std::make_unique<PlayedScope>());
  made.scope = std::make_unique<Scope>(static_cast<std::uint32_t>(scopes_.size() - 1), std::move(options), port_);
  made.created = now_;
  note("create scope " + std::to_string(made.scope->id()));
  supervisor_->create_scope(
      *made.scope,
      [this, &made](const Failure& failure) {
        note("scope " + std::to_string(made.scope->id()) + " opens: " + failure.message);
        made.opened++;
        made.opening = failure;
        look_at_opened(made);
      },
      now_);
}

void World::close_scope(PlayedScope& scope) {
  if (scope.closes > 0 && chance(80)) return;
  note("close scope " + std::to_string(scope.scope->id()));
  scope.closes++;
  supervisor_->close_scope(
      *scope.scope,
      [this, &scope](const Failure&) {
        note("scope " + std::to_string(scope.scope->id()) + " is closed");
        scope.closed++;
        look_at_scope_gone(*scope.scope);
      },
      now_);
  if (!chance(30)) return;
  wait_until(now_ + scope.scope->options().stop_timeout + kForceBound);
  if (scope.closed != scope.closes) throw Violation("a scope is not closed within its grace and the bound of force");
}

void World::ask(PlayedThread* asker) {
  auto asked = std::make_shared<Ask>();
  Demand& demand = asked->demand;
  demand.scope = asker == nullptr ? any_scope().scope.get() : asker->pool->scope();
  std::vector<std::string> names = kNames;
  std::shuffle(names.begin(), names.end(), random_);
  names.resize(chance(60) ? 1 : 1 + below(3));
  demand.want = static_cast<Want>(below(3));
  if (demand.want == Want::published && chance(10)) names.push_back("flags");
  demand.names = std::move(names);
  demand.asker = asker == nullptr ? nullptr : asker->instance;
  demand.fail_fast = chance(20);
  static constexpr int kTimeouts[] = {0, 100, 1000, 30'000, 1'000'000};
  demand.deadline = now_ + Milliseconds{kTimeouts[below(std::size(kTimeouts))]};
  asks_.push_back(asked);
  std::string text = "ask " + std::to_string(asks_.size()) + (asker == nullptr ? "" : " by " + called(*asker)) +
                     " of " + std::to_string(demand.scope->id()) + " for";
  for (const std::string& name : demand.names) text += " " + name;
  note(text + " to be " + std::to_string(static_cast<int>(demand.want)));
  Demand made = demand;
  made.reply = [this, asked, number = asks_.size()](const Failure& failure) {
    note("ask " + std::to_string(number) + " is answered: " + failure.message);
    asked->answers++;
    look_at_answer(*asked, failure);
  };
  supervisor_->demand(std::move(made), now_);
}

void World::restart(Scope& of) {
  auto asked = std::make_shared<Restart>(Restart{&of, {}, static_cast<std::uint32_t>(restarts_.size() + 1)});
  if (chance(60)) asked->names.push_back(chance(50) ? "http" : kNames[below(3)]);
  restarts_.push_back(asked);
  const std::string text = "restart " + std::to_string(asked->number);
  note(text + " of " + std::to_string(of.id()) + (asked->names.empty() ? "" : ":" + asked->names.front()));
  supervisor_->restart(
      of, asked->names,
      [this, asked, text](const Failure& failure) {
        note(text + " is answered: " + failure.message);
        asked->answers++;
        look_at_restart(*asked, failure);
      },
      now_);
}

void World::request() {
  PlayedThread* thread = threads_.empty() ? nullptr : any(threads_).get();
  if (thread == nullptr || thread->pool->kind() == PoolKind::background || thread->pool->kind() == PoolKind::script)
    return;
  Pool& pool = *thread->pool;
  pool.queue().push(std::make_shared<Exchange>(*scopes_.front()->scope, port_, 0, ""));
  if (!pool.must_tell_of_work()) return;
  note("requests wait for " + called(*thread));
  supervisor_->on_work_waiting(pool, now_);
}

void World::run_script() {
  const auto operation = static_cast<std::uint32_t>(scripts_.size());
  scripts_.push_back(std::make_shared<ScriptRun>(ScriptOptions{}, port_, operation));
  note("run script " + std::to_string(operation));
  supervisor_->run_script(scripts_.back(), now_);
}

void World::abort_script() {
  if (scripts_.empty()) return;
  const ScriptRun& script = *any(scripts_);
  aborted_scripts_.insert(script.operation());
  note("abort script " + std::to_string(script.operation()));
  supervisor_->abort_script(script, now_);
}

void World::publish_from_javascript() {
  Slot& slot = any_scope().scope->slot("flags");
  if (Slot::Publication(slot).publish(Block::create(16))) supervisor_->on_published(slot, now_);
}

// In one go: whatever became due meanwhile is late.
void World::pass(Milliseconds time) {
  now_ += time;
  supervisor_->run_due(now_);
  take_orders();
}

// As time really passes: what is due is done when it is, and threads do at once what they must.
void World::wait_until(TimePoint target) {
  while (true) {
    let_threads_end();
    const auto due = supervisor_->next_due();
    if (!due || *due > target) break;
    now_ = std::max(now_, *due);
    supervisor_->run_due(now_);
    look();
  }
  now_ = target;
}

// Lets every thread do what does not depend on its script: leave when it is forced, report, end.
void World::let_threads_end() {
  bool moved = true;
  while (std::exchange(moved, false)) {
    take_orders();
    for (std::size_t at = 0; at < threads_.size(); at++) {  // a step may spawn more
      PlayedThread& thread = *threads_[at];
      const bool is_forced = thread.place == Place::inside && thread.forced && thread.nature != Nature::stuck;
      if (!is_forced && thread.place != Place::left && !thread.told_to_end()) continue;
      act(thread);
      moved = true;
    }
    if (std::exchange(gate_emptied_, false)) supervisor_->on_gate_empty(now_);
  }
}

void World::end() {
  stopping_ = true;
  const Milliseconds grace{below(3) * 1000};
  note("shut down");
  supervisor_->shut_down(grace, now_);
  const TimePoint bound = now_ + grace + kForceBound;
  for (std::uint32_t count = below(50); count > 0 && now_ < bound; count--) {
    if (PlayedThread* thread = any_thread()) act(*thread);
    if (chance(10)) wait_until(std::min(bound, now_ + Milliseconds{below(300)}));
    if (chance(5)) ask(nullptr);
    take_orders();
    look();
  }
  wait_until(bound);
  look_at_end();
}

}  // namespace sidekick::core::test
