// frankenphp_log(): a line of a script's own in the host's log, with fields.
#include <algorithm>
#include <string>

#include "core/runtime.h"
#include "php/functions.h"
#include "php/thread_state.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
extern "C" {
#include <zend_smart_str.h>
#include <ext/json/php_json.h>
}
#pragma GCC diagnostic pop

namespace sidekick::php {

namespace {

constexpr int kJsonOptions = PHP_JSON_UNESCAPED_SLASHES | PHP_JSON_UNESCAPED_UNICODE | PHP_JSON_PRESERVE_ZERO_FRACTION |
                             PHP_JSON_INVALID_UTF8_SUBSTITUTE;

// The context as JSON; null: an exception was thrown.
zend_string* encode_context(zval* context) {
  smart_str json = {};
  if (php_json_encode(&json, context, kJsonOptions) == SUCCESS && EG(exception) == nullptr) {
    return smart_str_extract(&json);
  }
  smart_str_free(&json);
  if (EG(exception) != nullptr) return nullptr;  // of a jsonSerialize() in it
  zval name;
  zval reason;
  ZVAL_STRING(&name, "json_last_error_msg");
  ZVAL_UNDEF(&reason);
  call_user_function(nullptr, nullptr, &name, &reason, 0, nullptr);
  zend_throw_exception_ex(spl_ce_RuntimeException, 0, "Failed to log message: converting attrs: %s",
                          Z_TYPE(reason) == IS_STRING ? Z_STRVAL(reason) : "unknown error");
  zval_ptr_dtor(&reason);
  zval_ptr_dtor(&name);
  return nullptr;
}

// No PHP is called in here: it builds C++ objects.
void tell(ThreadState& state, zend_long level, const zend_string* message, const zend_string* context) {
  const auto near = static_cast<core::LogLevel>(std::clamp<zend_long>(level, INT8_MIN, INT8_MAX));
  const core::WorkerLabel label = state.label();
  std::string fields;
  if (context != nullptr) fields.assign(ZSTR_VAL(context), ZSTR_LEN(context));
  core::Runtime::instance().log(near, {ZSTR_VAL(message), ZSTR_LEN(message)}, state.scope, &label, std::move(fields));
}

}  // namespace

void register_log_levels(int module_number) {
  REGISTER_LONG_CONSTANT("FRANKENPHP_LOG_LEVEL_DEBUG", static_cast<int>(core::LogLevel::debug), CONST_PERSISTENT);
  REGISTER_LONG_CONSTANT("FRANKENPHP_LOG_LEVEL_INFO", static_cast<int>(core::LogLevel::info), CONST_PERSISTENT);
  REGISTER_LONG_CONSTANT("FRANKENPHP_LOG_LEVEL_WARN", static_cast<int>(core::LogLevel::warn), CONST_PERSISTENT);
  REGISTER_LONG_CONSTANT("FRANKENPHP_LOG_LEVEL_ERROR", static_cast<int>(core::LogLevel::error), CONST_PERSISTENT);
}

}  // namespace sidekick::php

using namespace sidekick::php;

PHP_FUNCTION(sidekick_log) {
  zend_string* message;
  zend_long level = 0;
  zval* context = nullptr;
  ZEND_PARSE_PARAMETERS_START(1, 3)
  Z_PARAM_STR(message)
  Z_PARAM_OPTIONAL
  Z_PARAM_LONG(level)
  Z_PARAM_ARRAY(context)
  ZEND_PARSE_PARAMETERS_END();

  ThreadState* state = thread_state();
  if (state == nullptr) return;
  zend_string* fields = nullptr;
  if (context != nullptr && zend_hash_num_elements(Z_ARRVAL_P(context)) > 0) {
    fields = encode_context(context);
    if (fields == nullptr) RETURN_THROWS();
  }
  tell(*state, level, message, fields);
  if (fields != nullptr) zend_string_release(fields);
}
