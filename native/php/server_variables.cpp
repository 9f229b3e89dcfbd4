#include "php/server_variables.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/runtime.h"
#include "core/script_run.h"

namespace sidekick::php {

namespace {

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

bool equals_ignoring_case(std::string_view text, std::string_view lower_text) {
  return text.size() == lower_text.size() &&
         std::equal(text.begin(), text.end(), lower_text.begin(), [](char one, char two) { return lower(one) == two; });
}

void add(zval* into, std::string_view name, std::string_view value) {
  zval text;
  ZVAL_STRINGL_FAST(&text, value.data(), value.size());
  zend_hash_str_update_ind(Z_ARRVAL_P(into), name.data(), name.size(), &text);
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? target.substr(target.size()) : target.substr(mark + 1);
}

// "example.org:8080" → name and port; IPv6 literals keep their brackets.
std::pair<std::string_view, std::string_view> split_host(std::string_view host) {
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return {host, {}};
  return {host.substr(0, colon), host.substr(colon + 1)};
}

// HTTP_* (contract W03): names with an underscore would pass for those with a hyphen, and `Proxy` for the setting that
// HTTP clients read from the environment; neither gets in.
void add_headers(zval* into, const core::RequestHead& head) {
  char name[256];
  for (const auto& [header, value] : head.headers) {
    constexpr std::string_view kPrefix = "HTTP_";
    if (header.empty() || header.size() + kPrefix.size() > sizeof(name)) continue;
    if (header.find_first_of("_.") != std::string_view::npos || equals_ignoring_case(header, "proxy")) continue;
    if (equals_ignoring_case(header, "content-type") || equals_ignoring_case(header, "content-length")) continue;
    std::memcpy(name, kPrefix.data(), kPrefix.size());
    std::transform(header.begin(), header.end(), name + kPrefix.size(), [](char letter) {
      return letter == '-' ? '_' : letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
    });
    const std::string_view key(name, kPrefix.size() + header.size());
    zval* before = zend_hash_str_find(Z_ARRVAL_P(into), key.data(), key.size());
    if (before == nullptr || Z_TYPE_P(before) != IS_STRING) {
      add(into, key, value);
      continue;
    }
    // Sent several times: one list, as RFC 9110 (5.3) has it; cookies have a separator of their own.
    const std::string_view separator = key == "HTTP_COOKIE" ? "; " : ", ";
    zend_string* joined = zend_string_concat3(Z_STRVAL_P(before), Z_STRLEN_P(before), separator.data(),
                                              separator.size(), value.data(), value.size());
    zval text;
    ZVAL_STR(&text, joined);
    zend_hash_str_update(Z_ARRVAL_P(into), key.data(), key.size(), &text);
  }
}

void add_request(zval* into, const ThreadState& state) {
  const core::RequestHead& head = state.head;
  const std::string_view* host_header = find_header(head, "host");
  const std::string_view host = host_header == nullptr ? std::string_view{} : *host_header;
  const bool https = head.scheme == "https";
  const auto [server_name, port] = split_host(host);

  add(into, "REMOTE_ADDR", head.remote_address);
  add(into, "REMOTE_HOST", head.remote_address);
  add(into, "REMOTE_PORT", head.remote_port);
  add(into, "DOCUMENT_ROOT", head.document_root);
  add(into, "PATH_INFO", head.path_info);
  zend_string* self = zend_string_concat2(head.script_name.data(), head.script_name.size(), head.path_info.data(),
                                          head.path_info.size());
  zval self_value;
  ZVAL_STR(&self_value, self);
  zend_hash_str_update_ind(Z_ARRVAL_P(into), "PHP_SELF", sizeof("PHP_SELF") - 1, &self_value);
  add(into, "DOCUMENT_URI", head.script_name);
  add(into, "SCRIPT_FILENAME", head.script_filename);
  add(into, "SCRIPT_NAME", head.script_name);
  add(into, "HTTPS", https ? "on" : "");
  add(into, "SSL_PROTOCOL", head.tls_protocol);
  add(into, "SSL_CIPHER", head.tls_cipher);
  add(into, "REQUEST_SCHEME", head.scheme);
  add(into, "SERVER_NAME", server_name);
  add(into, "SERVER_PORT", !port.empty() ? port : https ? "443" : "80");
  const std::string_view* length = find_header(head, "content-length");
  add(into, "CONTENT_LENGTH", length == nullptr ? std::string_view{} : *length);
  const std::string_view* type = find_header(head, "content-type");
  add(into, "CONTENT_TYPE", type == nullptr ? std::string_view{} : *type);
  zend_string* protocol = zend_string_concat2("HTTP/", 5, head.version.data(), head.version.size());
  zval protocol_value;
  ZVAL_STR(&protocol_value, protocol);
  zend_hash_str_update_ind(Z_ARRVAL_P(into), "SERVER_PROTOCOL", sizeof("SERVER_PROTOCOL") - 1, &protocol_value);
  add(into, "REQUEST_URI", head.target);
  add(into, "QUERY_STRING", query_of(head.target));
  add(into, "REQUEST_METHOD", head.method);
  add(into, "SERVER_SOFTWARE", "FrankenPHP");  // scripts written for it look here
  add(into, "GATEWAY_INTERFACE", "CGI/1.1");
  add(into, "AUTH_TYPE", "");
  add(into, "REMOTE_IDENT", "");
  if (SG(request_info).auth_user != nullptr) add(into, "REMOTE_USER", SG(request_info).auth_user);
  if (!head.path_info.empty()) {
    zend_string* translated = zend_string_concat2(head.document_root.data(), head.document_root.size(),
                                                  head.path_info.data(), head.path_info.size());
    zval translated_value;
    ZVAL_STR(&translated_value, translated);
    zend_hash_str_update_ind(Z_ARRVAL_P(into), "PATH_TRANSLATED", sizeof("PATH_TRANSLATED") - 1, &translated_value);
  }
  add_headers(into, head);
}

void add_flag(zval* into, std::string_view name, bool value) {
  zval flag;
  ZVAL_BOOL(&flag, value);
  zend_hash_str_update_ind(Z_ARRVAL_P(into), name.data(), name.size(), &flag);
}

// What the boot of a worker script sees (contract L06).
void add_worker(zval* into, const ThreadState& state) {
  const core::Pool& pool = state.instance.pool();
  add(into, "SCRIPT_FILENAME", pool.options().file);
  add(into, "SCRIPT_NAME", pool.options().file);
  add(into, "PHP_SELF", pool.options().file);
  add(into, "DOCUMENT_ROOT", pool.scope()->options().root);
  add(into, "FRANKENPHP_WORKER_NAME", pool.name());
  add_flag(into, "FRANKENPHP_WORKER_BACKGROUND", state.is_background());
  if (!state.is_background()) {
    add(into, "FRANKENPHP_WORKER", "1");
    return;
  }
  add(into, "FRANKENPHP_SIDEKICK_NAME", pool.name());
}

// What the cli SAPI gives.
void add_command_line(zval* into, const core::ScriptOptions& script) {
  const std::string& name = script.args.front();
  for (const char* key : {"PHP_SELF", "SCRIPT_NAME", "SCRIPT_FILENAME", "PATH_TRANSLATED"}) add(into, key, name);
  add(into, "DOCUMENT_ROOT", "");
}

}  // namespace

const std::string_view* find_header(const core::RequestHead& head, std::string_view lower_name) {
  for (const auto& [name, value] : head.headers) {
    if (equals_ignoring_case(name, lower_name)) return &value;
  }
  return nullptr;
}

void set_request_info(ThreadState& state) {
  const core::RequestHead& head = state.head;
  sapi_request_info& info = SG(request_info);
  // Every field of the packed head ends with a NUL, so its views are C strings; PHP only reads them.
  info.request_method = head.method.data();
  info.query_string = const_cast<char*>(query_of(head.target).data());
  info.request_uri = const_cast<char*>(head.target.data());
  info.path_translated = const_cast<char*>(head.script_filename.data());
  info.proto_num = head.version == "1.0" ? 1000 : head.version == "2.0" ? 2000 : 1001;
  const std::string_view* type = find_header(head, "content-type");
  info.content_type = type == nullptr ? nullptr : type->data();
  info.content_length = 0;
  if (const std::string_view* length = find_header(head, "content-length")) {
    std::from_chars(length->data(), length->data() + length->size(), info.content_length);
  }
  state.cookies.clear();
  for (const auto& [name, value] : head.headers) {
    if (!equals_ignoring_case(name, "cookie")) continue;
    if (!state.cookies.empty()) state.cookies += "; ";
    state.cookies += value;
  }
  SG(sapi_headers).http_response_code = 200;
  SG(server_context) = &state;  // any non-null value: "there is a request"
  const std::string_view* authorization = find_header(head, "authorization");
  php_handle_auth_data(authorization == nullptr ? nullptr : authorization->data());
}

void clear_request_info() {
  sapi_request_info& info = SG(request_info);
  info.request_method = nullptr;
  info.query_string = nullptr;
  info.request_uri = nullptr;
  info.path_translated = nullptr;
  info.content_type = nullptr;
  info.content_type_dup =
      nullptr;  // freed by sapi_deactivate(), which leaves the pointer; sapi_activate() sets it for requests only
  info.cookie_data = nullptr;
  info.content_length = 0;
  info.argc = 0;
  info.argv = nullptr;
  SG(server_context) = nullptr;
}

char* read_cookies() {
  ThreadState* state = thread_state();
  return state == nullptr || state->cookies.empty() ? nullptr : state->cookies.data();
}

void register_server_variables(zval* track_vars_array) {
  ThreadState* state = thread_state();
  if (state == nullptr) return;
  if (const core::ScriptRun* script = state->run.script.get()) {
    for (const core::Environment* layer : {&core::Runtime::instance().options().env, &script->options().env}) {
      for (const auto& [name, value] : *layer) add(track_vars_array, name, value);
    }
    add_command_line(track_vars_array, script->options());
    return;
  }
  for (const auto& [name, value] : core::Runtime::instance().options().env) {
    // A variable of the process must not pass for a header of the request.
    if (!name.starts_with("HTTP_")) add(track_vars_array, name, value);
  }
  if (state->exchange) {
    add_request(track_vars_array, *state);
  } else if (!state->message) {  // inside a message there is the environment only, as in FrankenPHP
    add_worker(track_vars_array, *state);
  }
  // Last, so that it wins over the request, as in FrankenPHP; JavaScript has taken this contract's own keys out.
  if (const core::Scope* scope = state->scope) {
    for (const auto& [name, value] : scope->options().env) add(track_vars_array, name, value);
  }
  for (const auto& [name, value] : state->instance.pool().options().env) add(track_vars_array, name, value);
}

}  // namespace sidekick::php
