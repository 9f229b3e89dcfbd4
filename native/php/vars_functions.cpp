// frankenphp_set_vars() and frankenphp_get_vars() (contract V).
#include <new>
#include <string>
#include <vector>

#include "core/runtime.h"
#include "php/demand.h"
#include "php/functions.h"
#include "php/names_argument.h"
#include "php/snapshot.h"
#include "php/snapshot_reader.h"
#include "php/snapshot_writer.h"
#include "php/thread_state.h"

namespace sidekick::php {

namespace {

// False: a ValueError or RuntimeException was thrown and nothing has changed.
bool publish(ThreadState& state, zend_array* vars) {
  core::Runtime& runtime = core::Runtime::instance();
  core::Slot& slot = *state.instance.pool().slot();
  std::string problem;
  try {
    core::Slot::Publication publication(slot);
    SnapshotPlan plan = plan_snapshot(vars, runtime.options().max_snapshot_bytes, publication.current());
    problem = std::move(plan.problem);
    if (problem.empty() && !plan.identical && publication.publish(write_snapshot(vars, plan))) {
      runtime.report_published(slot);
    }
  } catch (const std::bad_alloc&) {
    zend_throw_exception(spl_ce_RuntimeException, "frankenphp_set_vars(): no memory for another snapshot", 0);
    return false;
  }
  if (!problem.empty()) {
    zend_value_error("frankenphp_set_vars(): %s", problem.c_str());
    return false;
  }
  become_ready(state);
  return true;
}

void forget_array(VarsEntry& entry) {
  zend_array* superseded = entry.rebuilt ? entry.array : nullptr;
  entry.array = nullptr;
  entry.rebuilt = false;
  if (superseded != nullptr) zend_array_release(superseded);
}

// Past the budget: the script gets an ordinary copy of this version. False: nothing is published any more, or an
// exception was thrown.
bool refresh_by_copy(ThreadState& state, VarsEntry& entry) {
  if (entry.copied_version != 0 &&
      entry.copied_version == static_cast<std::uint64_t>(entry.slot->version_word()->load(std::memory_order_acquire))) {
    return true;
  }
  const core::Block* block = state.vars.pin_for_copy(entry);
  if (block == nullptr) return entry.array != nullptr;  // a closed scope's: what was read stays
  const std::uint64_t version = block->version;
  zend_array* copy = rebuild_snapshot(*block, Rebuild::everything);
  state.vars.unpin_copied(block);
  if (copy == nullptr) return false;
  state.instance.copied_reads.fetch_add(1, std::memory_order_relaxed);
  if (entry.copied_version > version) {  // an autoloader has read the same name meanwhile
    zend_array_release(copy);
    return true;
  }
  if (entry.copied_version == 0) core::Runtime::instance().report_over_budget(state.instance);
  forget_array(entry);
  entry.copied_version = version;
  entry.array = copy;
  entry.rebuilt = true;
  return true;
}

// Fills `entry` with the slot's current snapshot. False: nothing is published, or an exception was thrown.
bool refresh(ThreadState& state, VarsEntry& entry) {
  const core::RuntimeOptions& options = core::Runtime::instance().options();
  for (;;) {
    if (!entry.is_unchanged()) {
      if (state.vars.must_copy(entry, options.vars_budget_per_instance, options.vars_budget)) {
        return refresh_by_copy(state, entry);
      }
      if (!state.vars.pin(entry)) return entry.array != nullptr;  // a closed scope's: what was read stays
      forget_array(entry);
    }
    const core::SlotWord word = entry.word;
    if (word.block() == nullptr) return false;
    if (word.tag() == kRootInPlace) {
      entry.array = root_in_place(word.block());
      return true;
    }
    const core::Block* block = word.block();
    if (!snapshot_header(*block).has_enums) {
      entry.array = snapshot_header(*block).root;
      return true;
    }
    zend_array* rebuilt = rebuild_snapshot(*block, Rebuild::enums);
    if (rebuilt == nullptr) return false;
    // An autoloader may have read the same name meanwhile: its array stays, unless it is of a newer version still.
    if (entry.word != word || entry.array != nullptr) {
      zend_array_release(rebuilt);
      if (entry.array != nullptr) return true;
      continue;
    }
    entry.array = rebuilt;
    entry.rebuilt = true;
    return true;
  }
}

// False: the entry holds no array.
inline bool give(const VarsEntry& entry, zval* into) {
  if (UNEXPECTED(entry.array == nullptr)) return false;
  Z_ARR_P(into) = entry.array;
  Z_TYPE_INFO_P(into) = IS_ARRAY;  // immutable: not refcounted
  if (UNEXPECTED(entry.rebuilt)) {
    Z_TYPE_INFO_P(into) = IS_ARRAY_EX;
    GC_ADDREF(entry.array);
  }
  return true;
}

// The current array of a name, as a script may hold it. False: nothing is published, or an exception was thrown.
inline bool read_vars(ThreadState& state, VarsEntry& entry, zval* into) {
  if (!entry.is_unchanged() || entry.array == nullptr) {
    if (!refresh(state, entry)) return false;
  }
  return give(entry, into);
}

VarsEntry* find_entry(ThreadState& state, core::Scope& scope, zend_string* name) {
  VarsEntry* entry = state.vars.find(scope, {ZSTR_VAL(name), ZSTR_LEN(name)}, ZSTR_HASH(name));
  if (entry != nullptr && ZSTR_IS_INTERNED(name)) state.vars.remember_site(name, *entry);
  return entry;
}

zend_never_inline bool read_changed(ThreadState& state, VarsEntry& entry, zval* into) {
  return read_vars(state, entry, into) || EG(exception) != nullptr;
}

// A name that was put together, or one of very many.
zend_never_inline bool read_by_name(ThreadState& state, zend_string* name, zval* into) {
  VarsEntry* entry = state.vars.known(state.scope, {ZSTR_VAL(name), ZSTR_LEN(name)}, ZSTR_HASH(name));
  if (UNEXPECTED(entry == nullptr)) return false;
  if (ZSTR_IS_INTERNED(name)) state.vars.remember_site(name, *entry);
  if (EXPECTED(entry->is_unchanged())) return give(*entry, into);
  return read_changed(state, *entry, into);
}

// The usual call: one name, with no timeout or null, that this thread has read before. True: it is answered, by the
// array or an exception.
inline bool read_known(const zend_execute_data* execute_data, zval* into) {
  const std::uint32_t count = ZEND_CALL_NUM_ARGS(execute_data);
  const zval* name = ZEND_CALL_ARG(execute_data, 1);
  if (UNEXPECTED(count == 0 || count > 2) || UNEXPECTED(Z_TYPE_P(name) != IS_STRING)) return false;
  if (count == 2 && UNEXPECTED(Z_TYPE_P(ZEND_CALL_ARG(execute_data, 2)) != IS_NULL)) return false;
  ThreadState* state = thread_state();
  if (UNEXPECTED(state == nullptr)) return false;
  VarsEntry* entry = state->vars.at_site(Z_STR_P(name), state->scope);
  if (UNEXPECTED(entry == nullptr)) return read_by_name(*state, Z_STR_P(name), into);
  if (EXPECTED(entry->is_unchanged())) return give(*entry, into);
  return read_changed(*state, *entry, into);
}

bool is_published(core::Scope& scope, const zend_string* name) {
  const core::Slot* slot = scope.find_slot({ZSTR_VAL(name), ZSTR_LEN(name)});
  return slot != nullptr && slot->current() != nullptr;
}

// Waits until every name has a snapshot. False: an exception was thrown.
bool await_published_names(ThreadState& state, core::Scope& scope, zend_array* names, const double* timeout) {
  std::vector<std::string> missing;
  zval* name;
  ZEND_HASH_FOREACH_VAL(names, name) {
    if (!is_published(scope, Z_STR_P(name))) missing.emplace_back(Z_STRVAL_P(name), Z_STRLEN_P(name));
  }
  ZEND_HASH_FOREACH_END();
  if (missing.empty()) return true;
  if (timeout != nullptr && *timeout == 0.0) {
    zend_throw_exception_ex(spl_ce_RuntimeException, 0, "background worker '%s' has not published any vars",
                            missing.front().c_str());
    return false;
  }
  return !throw_failure(
      demand_and_wait(state, scope, std::move(missing), core::Want::published, to_milliseconds(timeout)));
}

}  // namespace

void drop_rebuilt_vars(ThreadState& state) {
  for (VarsEntry* entry : state.vars.in_use()) {
    if (entry->rebuilt) forget_array(*entry);
    entry->copied_version = 0;
  }
}

}  // namespace sidekick::php

using namespace sidekick;
using namespace sidekick::php;

PHP_FUNCTION(sidekick_set_vars) {
  zval* vars;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_ARRAY(vars)
  ZEND_PARSE_PARAMETERS_END();

  ThreadState* state = thread_state();
  if (state == nullptr || !state->is_background()) {
    zend_throw_exception(spl_ce_RuntimeException, "frankenphp_set_vars() can only be called from a background worker",
                         0);
    RETURN_THROWS();
  }
  if (!publish(*state, Z_ARRVAL_P(vars))) RETURN_THROWS();
}

// Everything else: changed, not read before, not published yet, several names, or wrong arguments. Not inlined, for the
// registers it needs would be saved by each usual call.
static zend_never_inline void get_vars(zend_execute_data* execute_data, zval* return_value) {
  zval* argument;
  zend_array* names = nullptr;
  zend_string* name = nullptr;
  double timeout = 0;
  bool timeout_is_null = true;
  ZEND_PARSE_PARAMETERS_START(1, 2)
  Z_PARAM_ZVAL(argument)
  Z_PARAM_OPTIONAL
  Z_PARAM_DOUBLE_OR_NULL(timeout, timeout_is_null)
  ZEND_PARSE_PARAMETERS_END();
  if (!take_names(argument, &names, &name)) RETURN_THROWS();

  ThreadState* state = thread_state();
  core::Scope* scope = calling_scope(state, "frankenphp_get_vars");
  if (UNEXPECTED(scope == nullptr)) RETURN_THROWS();
  if (name != nullptr) {
    VarsEntry* entry = find_entry(*state, *scope, name);
    if (EXPECTED(entry != nullptr) && EXPECTED(timeout_is_null || timeout >= 0)) {
      if (EXPECTED(read_vars(*state, *entry, return_value))) return;
      if (EG(exception) != nullptr) RETURN_THROWS();
    }
  }

  // The slow way: several names, or one that is not published yet.
  if (!check_timeout(2, timeout_is_null, timeout)) RETURN_THROWS();
  zend_array* list = list_of_names(names, name);
  const double* given = timeout_is_null ? nullptr : &timeout;
  if (!check_names(list) || !await_published_names(*state, *scope, list, given)) {
    zend_array_release(list);
    RETURN_THROWS();
  }
  // From here on user code may run (autoloading of enums): only the list and the result are looked at.
  if (name == nullptr) array_init_size(return_value, zend_hash_num_elements(list));
  zval* element;
  ZEND_HASH_FOREACH_VAL(list, element) {
    VarsEntry* entry = find_entry(*state, *scope, Z_STR_P(element));
    zval vars;
    if (entry == nullptr || !read_vars(*state, *entry, &vars)) {
      if (EG(exception) == nullptr) {
        zend_throw_exception_ex(spl_ce_RuntimeException, 0, "the vars of '%s' are not published", Z_STRVAL_P(element));
      }
      if (name == nullptr) zend_array_release(Z_ARR_P(return_value));
      ZVAL_UNDEF(return_value);
      zend_array_release(list);
      RETURN_THROWS();
    }
    if (name != nullptr) {
      ZVAL_COPY_VALUE(return_value, &vars);
    } else {
      zend_symtable_update(Z_ARRVAL_P(return_value), Z_STR_P(element), &vars);
    }
  }
  ZEND_HASH_FOREACH_END();
  zend_array_release(list);
}

PHP_FUNCTION(sidekick_get_vars) {
  try {
    if (EXPECTED(read_known(execute_data, return_value))) return;
    get_vars(execute_data, return_value);
  } catch (const std::bad_alloc&) {  // from our own lists; there are only frames of ours in between
    zend_throw_exception(spl_ce_RuntimeException, "frankenphp_get_vars(): no memory", 0);
  }
}
