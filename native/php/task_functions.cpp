// frankenphp_worker_task_send(), …_read(), …_receive() and …_update() (contract K).
#include "php/functions.h"
#include "php/tasks.h"

using namespace sidekick::php;

PHP_FUNCTION(sidekick_task_send) {
  zend_string* name;
  zend_array* payload;
  double timeout = 30.0;
  ZEND_PARSE_PARAMETERS_START(2, 3)
  Z_PARAM_STR(name)
  Z_PARAM_ARRAY_HT(payload)
  Z_PARAM_OPTIONAL
  Z_PARAM_DOUBLE(timeout)
  ZEND_PARSE_PARAMETERS_END();
  if (!send_task("frankenphp_worker_task_send", name, payload, &timeout, return_value)) {
    RETURN_THROWS();
  }
}

PHP_FUNCTION(sidekick_task_read) {
  zval* stream;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_RESOURCE(stream)
  ZEND_PARSE_PARAMETERS_END();
  if (!read_task("frankenphp_worker_task_read", stream, return_value)) RETURN_THROWS();
}

PHP_FUNCTION(sidekick_task_receive) {
  ZEND_PARSE_PARAMETERS_NONE();
  ThreadState* state = background_state("frankenphp_worker_task_receive");
  zval stream;
  zval payload;
  if (state == nullptr || !receive_task(*state, &stream, &payload)) RETURN_THROWS();
  if (Z_ISUNDEF(stream)) RETURN_NULL();
  RETURN_ARR(zend_new_pair(&stream, &payload));
}

PHP_FUNCTION(sidekick_task_update) {
  zval* stream;
  zend_array* update;
  ZEND_PARSE_PARAMETERS_START(2, 2)
  Z_PARAM_RESOURCE(stream)
  Z_PARAM_ARRAY_HT(update)
  ZEND_PARSE_PARAMETERS_END();
  if (!update_task("frankenphp_worker_task_update", stream, update)) RETURN_THROWS();
}
