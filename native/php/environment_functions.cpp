// getenv() and putenv() over this thread's own table.
#include <cstring>

#include "php/functions.h"
#include "php/thread_state.h"

using namespace sidekick::php;

PHP_FUNCTION(sidekick_getenv) {
  zend_string* name = nullptr;
  bool local_only = false;
  ZEND_PARSE_PARAMETERS_START(0, 2)
  Z_PARAM_OPTIONAL
  Z_PARAM_STR_OR_NULL(name)
  Z_PARAM_BOOL(local_only)
  ZEND_PARSE_PARAMETERS_END();

  ThreadState* state = thread_state();
  if (state == nullptr) RETURN_FALSE;
  if (name != nullptr) {
    const std::string* value = state->environment.find({ZSTR_VAL(name), ZSTR_LEN(name)});
    if (value == nullptr) RETURN_FALSE;
    RETURN_STRINGL(value->data(), value->size());
  }
  array_init(return_value);
  state->environment.each([return_value](const std::string& key, const std::string& value) {
    zval text;
    ZVAL_STRINGL(&text, value.data(), value.size());
    zend_symtable_str_update(Z_ARRVAL_P(return_value), key.data(), key.size(), &text);
  });
}

PHP_FUNCTION(sidekick_putenv) {
  char* setting;
  size_t length;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_STRING(setting, length)
  ZEND_PARSE_PARAMETERS_END();

  if (length == 0 || setting[0] == '=') {
    zend_argument_value_error(1, "must have a valid syntax");
    RETURN_THROWS();
  }
  ThreadState* state = thread_state();
  if (state == nullptr) RETURN_FALSE;
  const std::string_view text(setting, strlen(setting));  // cut at a NUL, as PHP's own is
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    state->environment.remove(text);
  } else {
    state->environment.put(text.substr(0, equals), text.substr(equals + 1));
  }
  RETURN_TRUE;
}
