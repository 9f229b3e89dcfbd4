// A script's dealings with core's tasks. C++ objects that a bailout could lose are in the thread's TaskHands while PHP
// allocates or runs user code (an enum's autoloader).
#include "php/tasks.h"

#include <new>
#include <string>

#include "core/runtime.h"
#include "php/demand.h"
#include "php/names_argument.h"
#include "php/snapshot.h"
#include "php/snapshot_reader.h"
#include "php/snapshot_writer.h"
#include "php/task_stream.h"

namespace sidekick::php {

namespace {

// Measured: up to about this size a copy into request memory costs no more than what else a task does.
constexpr std::size_t kCopied = 4096;

// Null: an exception was thrown.
core::BlockRef to_snapshot(const char* function, zend_array* value) {
  std::string problem;
  try {
    const SnapshotPlan plan = plan_snapshot(value, core::Runtime::instance().options().max_snapshot_bytes, nullptr);
    if (plan.problem.empty()) {
      core::BlockRef block = write_snapshot(value, plan);
      block->seal();
      return block;
    }
    problem = plan.problem;
  } catch (const std::bad_alloc&) {
    zend_throw_exception_ex(spl_ce_RuntimeException, 0, "%s(): no memory for a snapshot", function);
    return {};
  }
  zend_value_error("%s(): %s", function, problem.c_str());
  return {};
}

bool may_pin(ThreadState& state, const core::Block& block) {
  if (block.bytes() <= kCopied) return false;
  core::Runtime& runtime = core::Runtime::instance();
  if (state.tasks.pin(block, runtime.options().vars_budget_per_instance / 2)) return true;
  state.instance.copied_reads.fetch_add(1, std::memory_order_relaxed);
  runtime.report_over_budget(state.instance);
  return false;
}

// What the snapshot, which is in the thread's hands, holds, as a value of the script's. False: an exception was thrown.
bool to_value(ThreadState& state, const core::Block& block, zval* into) {
  zend_array* root = snapshot_header(block).root;
  if (zend_hash_num_elements(root) == 0 && is_plain_empty(root)) {
    state.tasks.let_go(block);
    ZVAL_EMPTY_ARRAY(into);
    return true;
  }
  const bool pinned = may_pin(state, block);
  if (pinned && !snapshot_header(block).has_enums) {
    Z_ARR_P(into) = root;
    Z_TYPE_INFO_P(into) = IS_ARRAY;  // immutable: not refcounted
    return true;
  }
  zend_array* rebuilt = rebuild_snapshot(block, pinned ? Rebuild::enums : Rebuild::everything);
  if (!pinned) state.tasks.let_go(block);
  if (rebuilt == nullptr) return false;
  ZVAL_ARR(into, rebuilt);
  return true;
}

const std::stop_token& leaving(const ThreadState& state) {
  // A request under way is finished before its thread leaves; what is outside one leaves at once.
  return state.exchange != nullptr || state.message != nullptr ? state.run.force : state.run.drain;
}

bool throw_stopped(const char* function) {
  zend_throw_exception_ex(spl_ce_RuntimeException, 0, "%s(): this worker is being stopped", function);
  return false;
}

// A task with its payload, accepted by its queue and in the thread's hands. Null: an exception was thrown.
core::Task* offer(ThreadState& state, core::Scope& scope, const char* function, zend_string* name, zend_array* payload,
                  const double* timeout) {
  core::BlockRef block = to_snapshot(function, payload);
  if (!block) return nullptr;
  core::TaskRef task = core::Task::create(std::move(block));
  const core::Failure failure = core::Runtime::instance().send_task_and_wait(
      make_demand(state, scope, {std::string(ZSTR_VAL(name), ZSTR_LEN(name))}, core::Want::started), task,
      to_milliseconds(timeout), state.instance.parking, leaving(state));
  if (throw_failure(failure)) return nullptr;
  return &state.tasks.hold_sent(std::move(task));
}

}  // namespace

ThreadState* background_state(const char* function) {
  ThreadState* state = thread_state();
  if (state != nullptr && state->is_background()) return state;
  zend_throw_exception_ex(spl_ce_RuntimeException, 0, "%s() can only be called from a background worker", function);
  return nullptr;
}

bool send_task(const char* function, zend_string* name, zend_array* payload, const double* timeout, zval* stream) {
  ThreadState* state = thread_state();
  core::Scope* scope = calling_scope(state, function);
  if (scope == nullptr || !check_timeout(3, timeout == nullptr, timeout == nullptr ? 0 : *timeout)) return false;
  if (ZSTR_LEN(name) == 0) {
    zend_argument_value_error(1, "must not be empty");
    return false;
  }
  if (memchr(ZSTR_VAL(name), '\0', ZSTR_LEN(name)) != nullptr) {
    zend_argument_value_error(1, "must not have NUL bytes");
    return false;
  }
  core::Task* task = offer(*state, *scope, function, name, payload, timeout);
  if (task == nullptr) return false;
  make_sender_stream(*task, stream);
  return true;
}

bool read_task(const char* function, zval* stream, zval* into) {
  ThreadState* state = thread_state();
  core::Task* task = sent_task(stream, function);
  if (task == nullptr) return false;
  const core::Block* block = nullptr;
  {
    core::Task::Reading reading = task->read({state->instance.parking, leaving(*state)});
    switch (reading.kind) {
      case core::Task::Reading::Kind::update: block = &state->tasks.hold(std::move(reading.update)); break;
      case core::Task::Reading::Kind::done: ZVAL_NULL(into); return true;
      case core::Task::Reading::Kind::failed: throw_failure(task->failure()); return false;
      case core::Task::Reading::Kind::nothing: return throw_stopped(function);
    }
  }
  return to_value(*state, *block, into);
}

bool receive_task(ThreadState& state, zval* stream, zval* payload) {
  ZVAL_UNDEF(stream);
  become_ready(state);
  if (state.run.drain.stop_requested()) return true;  // it is being stopped: for others, or its next run
  core::Task* task = nullptr;
  const core::Block* block = nullptr;
  {
    core::TaskRef received = state.instance.pool().tasks()->receive(*state.run.stop_pipe);
    if (!received) return true;
    block = &state.tasks.hold(received->take_payload());
    task = &state.tasks.hold_received(std::move(received));
  }
  if (!to_value(state, *block, payload)) {
    state.tasks.take(*task)->fail(core::worker_left());
    return false;
  }
  make_receiver_stream(*task, stream);
  return true;
}

bool update_task(const char* function, zval* stream, zend_array* update) {
  const ThreadState* state = thread_state();
  core::Task* task = received_task(stream, function);
  if (task == nullptr) return false;
  core::Task::Updated updated = core::Task::Updated::yes;
  {
    core::BlockRef block = to_snapshot(function, update);
    if (!block) return false;
    updated = task->update(std::move(block), {state->instance.parking, state->run.drain});
  }
  switch (updated) {
    case core::Task::Updated::yes: return true;
    case core::Task::Updated::full: return throw_stopped(function);
    case core::Task::Updated::cancelled:
      zend_throw_exception_ex(spl_ce_RuntimeException, 0, "%s(): the task's sender has left", function);
      return false;
    case core::Task::Updated::ended:
      zend_throw_exception_ex(spl_ce_RuntimeException, 0, "%s(): the task has ended", function);
      return false;
  }
  return false;
}

void complete_task(core::Task& task) {
  task.complete();
  if (ThreadState* state = thread_state()) state->worked = true;
}

}  // namespace sidekick::php
