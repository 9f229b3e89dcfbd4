#include "php/command_line.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/script_run.h"
#include "php/thread_state.h"

namespace sidekick::php {

namespace {

// Set once, in MINIT; read by PHP threads, which start later.
zend_string* cli_name = nullptr;
const char* own_module = nullptr;

// A class is counted by each thread's table, without a lock: what is taken out of one goes back before the engine frees
// that table, which is when it counts again.
thread_local std::vector<std::pair<zend_string*, zend_class_entry*>>* hidden_classes = nullptr;

bool is_own(const zend_module_entry* module) { return module != nullptr && strcmp(module->name, own_module) == 0; }

// Since PHP 8.3 the functions of a thread's table are those of the main thread, before it each thread has copies.
constexpr bool kFunctionsAreShared = PHP_VERSION_ID >= 80300;

// Takes `keys` out of a table; with `keep`, what they stand for is not destroyed.
void remove(HashTable& table, const std::vector<zend_string*>& keys, bool keep) {
  const auto destroy = table.pDestructor;
  if (keep) table.pDestructor = nullptr;
  for (zend_string* key : keys) zend_hash_del(&table, key);
  table.pDestructor = destroy;
  // Without gaps: the engine tells what is the thread's for good from what a script declared by its place in the table.
  zend_hash_rehash(&table);
}

void hide_functions() {
  std::vector<zend_string*> keys;
  zend_string* key;
  void* entry;
  ZEND_HASH_FOREACH_STR_KEY_PTR(CG(function_table), key, entry) {
    const auto* function = static_cast<const zend_function*>(entry);
    if (function->type == ZEND_INTERNAL_FUNCTION && is_own(function->internal_function.module)) keys.push_back(key);
  }
  ZEND_HASH_FOREACH_END();
  remove(*CG(function_table), keys, kFunctionsAreShared);
#if PHP_VERSION_ID >= 80300
  CG(copied_functions_count) = zend_hash_num_elements(CG(function_table));
#endif
}

void hide_classes() {
  auto hidden = std::make_unique<std::vector<std::pair<zend_string*, zend_class_entry*>>>();
  std::vector<zend_string*> keys;
  zend_string* key;
  void* entry;
  ZEND_HASH_FOREACH_STR_KEY_PTR(CG(class_table), key, entry) {
    auto* declared = static_cast<zend_class_entry*>(entry);
    if (declared->type != ZEND_INTERNAL_CLASS || !is_own(declared->info.internal.module)) continue;
    keys.push_back(key);
    hidden->emplace_back(key, declared);
  }
  ZEND_HASH_FOREACH_END();
  remove(*CG(class_table), keys, true);
  hidden_classes = hidden.release();
}

void hide_constants() {
  const auto* module =
      static_cast<const zend_module_entry*>(zend_hash_str_find_ptr(&module_registry, own_module, strlen(own_module)));
  if (module == nullptr) return;
  const auto number = static_cast<std::uint32_t>(module->module_number);
  std::vector<zend_string*> keys;
  zend_string* key;
  void* entry;
  ZEND_HASH_FOREACH_STR_KEY_PTR(EG(zend_constants), key, entry) {
    const auto* constant = static_cast<const zend_constant*>(entry);
    if (ZEND_CONSTANT_MODULE_NUMBER(constant) == number) keys.push_back(key);
  }
  ZEND_HASH_FOREACH_END();
  remove(*EG(zend_constants), keys, false);  // a thread's constants are its own
}

void rename_sapi() {
  auto* constant = static_cast<zend_constant*>(zend_hash_str_find_ptr(EG(zend_constants), ZEND_STRL("PHP_SAPI")));
  if (constant == nullptr) return;
  zval_internal_ptr_dtor(&constant->value);
  ZVAL_INTERNED_STR(&constant->value, cli_name);
}

void set_before_startup(const char* name, const char* value) {
  zend_string* key = zend_string_init(name, strlen(name), false);
  zend_alter_ini_entry_chars(key, value, strlen(value), PHP_INI_SYSTEM, PHP_INI_STAGE_ACTIVATE);
  zend_string_release(key);
}

}  // namespace

bool register_command_line(const zend_module_entry& own) {
  own_module = own.name;
  cli_name = zend_string_init_interned(ZEND_STRL("cli"), true);
  auto* function = static_cast<zend_function*>(zend_hash_str_find_ptr(CG(function_table), ZEND_STRL("php_sapi_name")));
  if (function == nullptr || function->type != ZEND_INTERNAL_FUNCTION) return false;
  function->internal_function.handler = ZEND_FN(sidekick_php_sapi_name);
  return true;
}

void become_command_line() {
  hide_functions();
  hide_classes();
  hide_constants();
  rename_sapi();
}

void leave_command_line() {
  const std::unique_ptr<std::vector<std::pair<zend_string*, zend_class_entry*>>> hidden(hidden_classes);
  hidden_classes = nullptr;
  if (!hidden) return;
  for (const auto& [key, declared] : *hidden) zend_hash_add_ptr(CG(class_table), key, declared);
}

void set_command_line_settings() {
  for (const auto& [name, value] : {std::pair{"opcache.enable", "0"},
                                    {"register_argc_argv", "1"},
                                    {"html_errors", "0"},
                                    {"implicit_flush", "1"},
                                    {"output_buffering", "0"},
                                    {"max_execution_time", "0"},
                                    {"max_input_time", "-1"}}) {
    set_before_startup(name, value);
  }
}

void begin_command_line(const ThreadState& state) {
  SG(headers_sent) = true;
  SG(request_info).no_headers = true;
  SG(options) |= SAPI_OPTION_NO_CHDIR;
  // The directory was there when the run was asked for; when it is gone, the script finds out as any process would.
  static_cast<void>(VCWD_CHDIR(state.run.script->options().cwd.c_str()));
}

}  // namespace sidekick::php

using namespace sidekick::php;

PHP_FUNCTION(sidekick_php_sapi_name) {
  ZEND_PARSE_PARAMETERS_NONE();
  const ThreadState* state = thread_state();
  if (state != nullptr && state->is_script()) RETURN_INTERNED_STR(cli_name);
  RETURN_STRING(sapi_module.name);
}
