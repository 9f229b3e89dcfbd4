// The functions of HTTP requests that both modes have; frankenphp_handle_request() is in http_worker.cpp.
#include <string>

#include "php/functions.h"
#include "php/response.h"
#include "php/thread_state.h"

namespace sidekick::php {

namespace {

// "content-TYPE" → "Content-Type", the names that FrankenPHP (Go) gives.
void canonical(std::string_view name, char* into) {
  bool start = true;
  for (const char letter : name) {
    const bool is_lower = letter >= 'a' && letter <= 'z';
    const bool is_upper = letter >= 'A' && letter <= 'Z';
    *into++ = start && is_lower    ? static_cast<char>(letter - 32)
              : !start && is_upper ? static_cast<char>(letter + 32)
                                   : letter;
    start = letter == '-';
  }
}

}  // namespace

}  // namespace sidekick::php

using namespace sidekick::php;

PHP_FUNCTION(sidekick_finish_request) {
  ZEND_PARSE_PARAMETERS_NONE();
  ThreadState* state = thread_state();
  if (state == nullptr || !state->exchange || state->response.finished) RETURN_FALSE;
  php_output_end_all();
  php_header();
  finish_response(*state);
  RETURN_TRUE;
}

PHP_FUNCTION(sidekick_headers_send) {
  zend_long status = 200;
  ZEND_PARSE_PARAMETERS_START(0, 1)
  Z_PARAM_OPTIONAL
  Z_PARAM_LONG(status)
  ZEND_PARSE_PARAMETERS_END();

  if (status >= 100 && status < 200) {
    ThreadState* state = thread_state();
    const bool sent = state != nullptr && send_information(*state, SG(sapi_headers), static_cast<int>(status));
    RETURN_LONG(sent ? SAPI_HEADER_SENT_SUCCESSFULLY : SAPI_HEADER_SEND_FAILED);
  }
  RETURN_LONG(sapi_send_headers());
}

PHP_FUNCTION(sidekick_request_headers) {
  ZEND_PARSE_PARAMETERS_NONE();
  array_init(return_value);
  ThreadState* state = thread_state();
  if (state == nullptr || !state->exchange) return;
  for (const auto& [name, value] : state->head.headers) {
    char key[256];
    if (name.empty() || name.size() > sizeof(key)) continue;
    canonical(name, key);
    zval* before = zend_hash_str_find(Z_ARRVAL_P(return_value), key, name.size());
    zval text;
    if (before != nullptr) {
      ZVAL_STR(&text, zend_string_concat3(Z_STRVAL_P(before), Z_STRLEN_P(before), ", ", 2, value.data(), value.size()));
    } else {
      ZVAL_STRINGL(&text, value.data(), value.size());
    }
    zend_symtable_str_update(Z_ARRVAL_P(return_value), key, name.size(), &text);
  }
}

PHP_FUNCTION(sidekick_response_headers) {
  ZEND_PARSE_PARAMETERS_NONE();
  array_init(return_value);
  for (const zend_llist_element* element = SG(sapi_headers).headers.head; element != nullptr; element = element->next) {
    const auto* header = reinterpret_cast<const sapi_header_struct*>(element->data);
    const std::string_view line(header->header, header->header_len);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    const std::string_view name = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    auto start = line.find_first_not_of(" \t", colon + 1);
    if (start == std::string_view::npos) start = line.size();
    add_assoc_stringl_ex(return_value, name.data(), name.size(), line.data() + start, line.size() - start);
  }
}
