// frankenphp_ensure_background_worker() (contract E).
#include <string>
#include <vector>

#include "core/runtime.h"
#include "php/demand.h"
#include "php/functions.h"
#include "php/names_argument.h"
#include "php/thread_state.h"

namespace sidekick::php {

namespace {

bool ensure(ThreadState& state, core::Scope& scope, zend_array* names, const double* timeout) {
  std::vector<std::string> wanted;
  zval* name;
  ZEND_HASH_FOREACH_VAL(names, name) { wanted.emplace_back(Z_STRVAL_P(name), Z_STRLEN_P(name)); }
  ZEND_HASH_FOREACH_END();
  const core::Want want = timeout == nullptr || *timeout > 0 ? core::Want::ready : core::Want::started;
  return !throw_failure(demand_and_wait(state, scope, std::move(wanted), want, to_milliseconds(timeout)));
}

}  // namespace

}  // namespace sidekick::php

using namespace sidekick;
using namespace sidekick::php;

PHP_FUNCTION(sidekick_ensure_background_worker) {
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
  core::Scope* scope = calling_scope(state, "frankenphp_ensure_background_worker");
  if (scope == nullptr || !check_timeout(2, timeout_is_null, timeout)) RETURN_THROWS();
  zend_array* list = list_of_names(names, name);
  const bool good = check_names(list) && ensure(*state, *scope, list, timeout_is_null ? nullptr : &timeout);
  zend_array_release(list);
  if (!good) RETURN_THROWS();
}
