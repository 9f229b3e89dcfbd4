// FrankenPHP\WorkerHandle, SentTaskHandle and ReceivedTaskHandle: the worker handle and the two ends of a task as
// objects. A thin layer: a task handle is a task's stream, which does all there is to do when it goes; the objects only
// hold it. One that was made without its constructor holds none, and every method says so.
#include "php/functions.h"
#include "php/task_stream.h"
#include "php/tasks.h"

namespace sidekick::php {

namespace {

zend_class_entry* worker_class = nullptr;
zend_class_entry* sent_class = nullptr;
zend_class_entry* received_class = nullptr;
zend_object_handlers task_handlers;

struct TaskHandle {
  zval stream;   // undefined: made without its constructor
  zval payload;  // of a received one
  zend_object object;
};

TaskHandle* handle_of(zend_object* object) {
  return reinterpret_cast<TaskHandle*>(reinterpret_cast<char*>(object) - offsetof(TaskHandle, object));
}

zend_object* create_task_handle(zend_class_entry* type) {
  auto* handle = static_cast<TaskHandle*>(zend_object_alloc(sizeof(TaskHandle), type));
  ZVAL_UNDEF(&handle->stream);
  ZVAL_UNDEF(&handle->payload);
  zend_object_std_init(&handle->object, type);
  object_properties_init(&handle->object, type);
  handle->object.handlers = &task_handlers;
  return &handle->object;
}

void free_task_handle(zend_object* object) {
  TaskHandle* handle = handle_of(object);
  zval_ptr_dtor(&handle->stream);
  zval_ptr_dtor(&handle->payload);
  zend_object_std_dtor(object);
}

// Null: it was made without its constructor, and an Error was thrown.
TaskHandle* ready_handle(zval* object) {
  TaskHandle* handle = handle_of(Z_OBJ_P(object));
  if (!Z_ISUNDEF(handle->stream)) return handle;
  zend_throw_error(nullptr, "This %s has no task: its constructor was not called", ZSTR_VAL(Z_OBJCE_P(object)->name));
  return nullptr;
}

PHP_METHOD(WorkerHandle, __construct) {
  ZEND_PARSE_PARAMETERS_NONE();
  background_state("FrankenPHP\\WorkerHandle::__construct");
}

PHP_METHOD(WorkerHandle, tick) {
  ZEND_PARSE_PARAMETERS_NONE();
  ThreadState* state = background_state("FrankenPHP\\WorkerHandle::tick");
  if (state == nullptr) RETURN_THROWS();
  RETURN_BOOL(tick_handle(*state));
}

PHP_METHOD(WorkerHandle, receive) {
  ZEND_PARSE_PARAMETERS_NONE();
  ThreadState* state = background_state("FrankenPHP\\WorkerHandle::receive");
  zval stream;
  zval payload;
  if (state == nullptr || !receive_task(*state, &stream, &payload)) RETURN_THROWS();
  if (Z_ISUNDEF(stream)) RETURN_NULL();
  object_init_ex(return_value, received_class);
  TaskHandle* handle = handle_of(Z_OBJ_P(return_value));
  ZVAL_COPY_VALUE(&handle->stream, &stream);
  ZVAL_COPY_VALUE(&handle->payload, &payload);
}

PHP_METHOD(SentTaskHandle, __construct) {
  zend_string* name;
  zend_array* payload;
  double timeout = 30.0;
  bool no_timeout = false;
  ZEND_PARSE_PARAMETERS_START(2, 3)
  Z_PARAM_STR(name)
  Z_PARAM_ARRAY_HT(payload)
  Z_PARAM_OPTIONAL
  Z_PARAM_DOUBLE_OR_NULL(timeout, no_timeout)
  ZEND_PARSE_PARAMETERS_END();
  TaskHandle* handle = handle_of(Z_OBJ_P(ZEND_THIS));
  if (!Z_ISUNDEF(handle->stream)) {
    zend_throw_error(nullptr, "Cannot call FrankenPHP\\SentTaskHandle::__construct() twice");
    RETURN_THROWS();
  }
  zval stream;
  if (!send_task("FrankenPHP\\SentTaskHandle::__construct", name, payload, no_timeout ? nullptr : &timeout, &stream)) {
    RETURN_THROWS();
  }
  ZVAL_COPY_VALUE(&handle->stream, &stream);
}

PHP_METHOD(SentTaskHandle, read) {
  ZEND_PARSE_PARAMETERS_NONE();
  TaskHandle* handle = ready_handle(ZEND_THIS);
  if (handle == nullptr || !read_task("FrankenPHP\\SentTaskHandle::read", &handle->stream, return_value)) {
    RETURN_THROWS();
  }
}

PHP_METHOD(SentTaskHandle, abandon) {
  ZEND_PARSE_PARAMETERS_NONE();
  TaskHandle* handle = ready_handle(ZEND_THIS);
  if (handle == nullptr) RETURN_THROWS();
  zend_list_close(Z_RES(handle->stream));
}

// Of either kind of task handle.
PHP_METHOD(TaskHandle, getStream) {
  ZEND_PARSE_PARAMETERS_NONE();
  TaskHandle* handle = ready_handle(ZEND_THIS);
  if (handle == nullptr) RETURN_THROWS();
  RETURN_COPY(&handle->stream);
}

// Private: WorkerHandle::receive() makes these.
PHP_METHOD(ReceivedTaskHandle, __construct) { ZEND_PARSE_PARAMETERS_NONE(); }

PHP_METHOD(ReceivedTaskHandle, getPayload) {
  ZEND_PARSE_PARAMETERS_NONE();
  TaskHandle* handle = ready_handle(ZEND_THIS);
  if (handle == nullptr) RETURN_THROWS();
  RETURN_COPY(&handle->payload);
}

PHP_METHOD(ReceivedTaskHandle, update) {
  zend_array* update;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_ARRAY_HT(update)
  ZEND_PARSE_PARAMETERS_END();
  TaskHandle* handle = ready_handle(ZEND_THIS);
  if (handle == nullptr || !update_task("FrankenPHP\\ReceivedTaskHandle::update", &handle->stream, update)) {
    RETURN_THROWS();
  }
}

PHP_METHOD(ReceivedTaskHandle, complete) {
  zend_array* update = nullptr;
  ZEND_PARSE_PARAMETERS_START(0, 1)
  Z_PARAM_OPTIONAL
  Z_PARAM_ARRAY_HT_OR_NULL(update)
  ZEND_PARSE_PARAMETERS_END();
  constexpr const char* kName = "FrankenPHP\\ReceivedTaskHandle::complete";
  TaskHandle* handle = ready_handle(ZEND_THIS);
  if (handle == nullptr) RETURN_THROWS();
  if (update != nullptr && !update_task(kName, &handle->stream, update)) RETURN_THROWS();
  sidekick::core::Task* task = received_task(&handle->stream, kName);
  if (task == nullptr) RETURN_THROWS();
  complete_task(*task);
  zend_list_close(Z_RES(handle->stream));
}

ZEND_BEGIN_ARG_INFO_EX(arginfo_no_arguments, 0, 0, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_tick, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_set_worker_vars, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, vars, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_receive, 0, 0, FrankenPHP\\ReceivedTaskHandle, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_INFO_EX(arginfo_construct_sent, 0, 0, 2)
ZEND_ARG_TYPE_INFO(0, worker, IS_STRING, 0)
ZEND_ARG_TYPE_INFO(0, payload, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, timeout, IS_DOUBLE, 1, "30.0")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_read, 0, 0, IS_ARRAY, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_abandon, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_payload, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_update, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, data, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_complete, 0, 0, IS_VOID, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, data, IS_ARRAY, 1, "null")
ZEND_END_ARG_INFO()

// clang-format off: one a line
const zend_function_entry worker_methods[] = {
    PHP_ME(WorkerHandle, __construct, arginfo_no_arguments, ZEND_ACC_PUBLIC)
        PHP_ME(WorkerHandle, tick, arginfo_tick, ZEND_ACC_PUBLIC)
            PHP_ME(WorkerHandle, receive, arginfo_receive, ZEND_ACC_PUBLIC)
                ZEND_FENTRY(setVars, ZEND_FN(sidekick_set_vars), arginfo_set_worker_vars, ZEND_ACC_PUBLIC) ZEND_FENTRY(
                    getStream, ZEND_FN(sidekick_get_worker_handle), arginfo_no_arguments, ZEND_ACC_PUBLIC) PHP_FE_END};

const zend_function_entry sent_methods[] = {
    PHP_ME(SentTaskHandle, __construct, arginfo_construct_sent, ZEND_ACC_PUBLIC)
        PHP_ME(SentTaskHandle, read, arginfo_read, ZEND_ACC_PUBLIC)
            PHP_ME(SentTaskHandle, abandon, arginfo_abandon, ZEND_ACC_PUBLIC)
                PHP_ME(TaskHandle, getStream, arginfo_no_arguments, ZEND_ACC_PUBLIC) PHP_FE_END};

const zend_function_entry received_methods[] = {
    PHP_ME(ReceivedTaskHandle, __construct, arginfo_no_arguments, ZEND_ACC_PRIVATE)
        PHP_ME(ReceivedTaskHandle, getPayload, arginfo_payload, ZEND_ACC_PUBLIC)
            PHP_ME(ReceivedTaskHandle, update, arginfo_update, ZEND_ACC_PUBLIC)
                PHP_ME(ReceivedTaskHandle, complete, arginfo_complete, ZEND_ACC_PUBLIC)
                    PHP_ME(TaskHandle, getStream, arginfo_no_arguments, ZEND_ACC_PUBLIC) PHP_FE_END};
// clang-format on

zend_class_entry* register_class(const char* name, std::size_t length, const zend_function_entry* methods) {
  zend_class_entry entry;
  memset(&entry, 0, sizeof entry);
  entry.name = zend_string_init_interned(name, length, true);
  entry.info.internal.builtin_functions = methods;
  zend_class_entry* registered = zend_register_internal_class(&entry);
  registered->ce_flags |= ZEND_ACC_FINAL | ZEND_ACC_NO_DYNAMIC_PROPERTIES | ZEND_ACC_NOT_SERIALIZABLE;
  return registered;
}

zend_object_handlers worker_handlers;

zend_object* create_worker_handle(zend_class_entry* type) {
  zend_object* object = zend_objects_new(type);
  object_properties_init(object, type);
  object->handlers = &worker_handlers;
  return object;
}

}  // namespace

void register_handle_classes() {
  worker_handlers = std_object_handlers;
  worker_handlers.clone_obj = nullptr;
  task_handlers = std_object_handlers;
  task_handlers.offset = offsetof(TaskHandle, object);
  task_handlers.free_obj = free_task_handle;
  task_handlers.clone_obj = nullptr;
  worker_class = register_class(ZEND_STRL("FrankenPHP\\WorkerHandle"), worker_methods);
  worker_class->create_object = create_worker_handle;
  sent_class = register_class(ZEND_STRL("FrankenPHP\\SentTaskHandle"), sent_methods);
  sent_class->create_object = create_task_handle;
  received_class = register_class(ZEND_STRL("FrankenPHP\\ReceivedTaskHandle"), received_methods);
  received_class->create_object = create_task_handle;
}

}  // namespace sidekick::php
