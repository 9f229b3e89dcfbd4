#include "php/names_argument.h"

#include <algorithm>
#include <cmath>

namespace sidekick::php {

core::Scope* calling_scope(const ThreadState* state, const char* function) {
  core::Scope* scope = state == nullptr ? nullptr : state->scope;
  if (scope == nullptr) {
    zend_throw_exception_ex(spl_ce_RuntimeException, 0, "%s() was called outside of any scope", function);
  }
  return scope;
}

bool take_names(zval* argument, zend_array** names, zend_string** name) {
  if (Z_TYPE_P(argument) == IS_ARRAY) {
    *names = Z_ARRVAL_P(argument);
  } else if (Z_TYPE_P(argument) == IS_STRING) {
    *name = Z_STR_P(argument);
  } else {
    zend_argument_type_error(1, "must be of type array|string, %s given", zend_zval_value_name(argument));
    return false;
  }
  return true;
}

zend_array* list_of_names(zend_array* names, zend_string* name) {
  zend_array* list = zend_new_array(names == nullptr ? 1 : zend_hash_num_elements(names));
  zval one;
  if (name != nullptr) {
    ZVAL_STR_COPY(&one, name);
    zend_hash_next_index_insert(list, &one);
    return list;
  }
  zval* element;
  ZEND_HASH_FOREACH_VAL(names, element) {
    ZVAL_COPY_DEREF(&one, element);
    zend_hash_next_index_insert(list, &one);
  }
  ZEND_HASH_FOREACH_END();
  return list;
}

bool check_names(zend_array* names) {
  if (zend_hash_num_elements(names) == 0) {
    zend_argument_value_error(1, "must not be empty");
    return false;
  }
  zend_array seen;
  zend_hash_init(&seen, zend_hash_num_elements(names), nullptr, nullptr, false);
  bool good = true;
  zval* name;
  ZEND_HASH_FOREACH_VAL(names, name) {
    if (Z_TYPE_P(name) != IS_STRING) {
      zend_argument_type_error(1, "must hold strings only, %s given", zend_zval_value_name(name));
      good = false;
    } else if (Z_STRLEN_P(name) == 0) {
      zend_argument_value_error(1, "must not hold an empty name");
      good = false;
    } else if (memchr(Z_STRVAL_P(name), '\0', Z_STRLEN_P(name)) != nullptr) {
      zend_argument_value_error(1, "must not hold a name with NUL bytes");
      good = false;
    } else if (zend_hash_add_empty_element(&seen, Z_STR_P(name)) == nullptr) {
      zend_argument_value_error(1, "must not hold the name \"%s\" twice", Z_STRVAL_P(name));
      good = false;
    }
    if (!good) break;
  }
  ZEND_HASH_FOREACH_END();
  zend_hash_destroy(&seen);
  return good;
}

bool check_timeout(std::uint32_t argument, bool is_null, double seconds) {
  if (is_null || seconds >= 0) return true;
  zend_argument_value_error(argument, "must be a number of seconds, 0 or more");
  return false;
}

core::Milliseconds to_milliseconds(const double* seconds) {
  if (seconds == nullptr) return kDefaultWait;
  constexpr double kLongest = 365.0 * 24 * 3600;  // what a clock can hold, and nobody waits longer
  return core::Milliseconds{static_cast<std::int64_t>(std::ceil(std::min(*seconds, kLongest) * 1000))};
}

bool throw_failure(const core::Failure& failure) {
  if (!failure) return false;
  zend_throw_exception(spl_ce_RuntimeException, failure.message.c_str(), 0);
  return true;
}

}  // namespace sidekick::php
