#include "php/message.h"

#include <new>
#include <string>

#include "core/runtime.h"
#include "php/snapshot_reader.h"
#include "php/snapshot_writer.h"

namespace sidekick::php {

namespace {

// A message is a list with the value in it, which is no part of the value's paths.
std::string without_list(std::string problem) {
  const auto place = problem.find("[0]");
  if (place == std::string::npos) return problem;
  const bool at_end = problem.compare(place + 3, 1, "[") != 0 && problem.compare(place + 3, 1, ".") != 0;
  if (at_end) return problem.replace(place, 3, "its root");
  return problem.erase(place, problem[place + 3] == '.' ? 4 : 3);
}

// No PHP runs here: nothing bails out past these objects.
void answer(ThreadState& state, zend_array* list) noexcept {
  core::Exchange& message = *state.message;
  try {
    const SnapshotPlan plan = plan_snapshot(list, core::Runtime::instance().options().max_snapshot_bytes, nullptr);
    if (plan.problem.empty()) {
      message.answer(write_snapshot(list, plan));
    } else {
      message.refuse({.code = core::FailureCode::value,
                      .message = "what the callback of worker '" + state.instance.pool().name() +
                                 "' returned cannot be sent: " + without_list(plan.problem)});
    }
  } catch (const std::bad_alloc&) {
    message.refuse({.code = core::FailureCode::value, .message = "no memory for what the callback returned"});
  }
  state.message.reset();
}

}  // namespace

bool give_message(ThreadState& state, zval* into) {
  zend_array* list = rebuild_snapshot(*state.message->message(), Rebuild::everything);
  if (list == nullptr) return false;
  ZVAL_COPY(into, zend_hash_index_find(list, 0));
  zend_array_release(list);
  return true;
}

void answer_message(ThreadState& state, zval* result) {
  zval list;
  array_init_size(&list, 1);
  ZVAL_DEREF(result);
  Z_TRY_ADDREF_P(result);
  add_next_index_zval(&list, result);
  answer(state, Z_ARRVAL(list));
  zval_ptr_dtor(&list);
}

void refuse_message(ThreadState& state, const char* what) {
  if (!state.message) return;
  const std::string& told = state.last_error.message;
  core::Failure failure{.code = core::FailureCode::task_aborted,
                        .message = "worker '" + state.instance.pool().name() + "' " + what,
                        .last_error = state.last_error};
  if (!told.empty()) failure.message += ": " + told.substr(0, told.find('\n'));
  state.message->refuse(std::move(failure));
  state.message.reset();
}

}  // namespace sidekick::php
