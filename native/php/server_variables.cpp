#include "php/server_variables.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/runtime.h"
#include "core/script_run.h"
#include "php/lasting_string.h"
#include "php/request_info.h"

namespace sidekick::php {

namespace {

constexpr std::uint32_t kUsualVariables = 64;  // of a request, its headers among them

void add(zval* into, std::string_view name, std::string_view value) {
  zval text;
  ZVAL_STRINGL_FAST(&text, value.data(), value.size());
  zend_hash_str_update_ind(Z_ARRVAL_P(into), name.data(), name.size(), &text);
}

void add(zval* into, zend_string* name, std::string_view value) {
  zval text;
  ZVAL_STRINGL_FAST(&text, value.data(), value.size());
  zend_hash_update(Z_ARRVAL_P(into), name, &text);
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

// Names that every request has.
struct Keys {
  zend_string* remote_addr = lasting_string("REMOTE_ADDR");
  zend_string* remote_host = lasting_string("REMOTE_HOST");
  zend_string* remote_port = lasting_string("REMOTE_PORT");
  zend_string* document_root = lasting_string("DOCUMENT_ROOT");
  zend_string* path_info = lasting_string("PATH_INFO");
  zend_string* document_uri = lasting_string("DOCUMENT_URI");
  zend_string* script_filename = lasting_string("SCRIPT_FILENAME");
  zend_string* script_name = lasting_string("SCRIPT_NAME");
  zend_string* https = lasting_string("HTTPS");
  zend_string* ssl_protocol = lasting_string("SSL_PROTOCOL");
  zend_string* ssl_cipher = lasting_string("SSL_CIPHER");
  zend_string* request_scheme = lasting_string("REQUEST_SCHEME");
  zend_string* server_name = lasting_string("SERVER_NAME");
  zend_string* server_port = lasting_string("SERVER_PORT");
  zend_string* content_length = lasting_string("CONTENT_LENGTH");
  zend_string* content_type = lasting_string("CONTENT_TYPE");
  zend_string* request_uri = lasting_string("REQUEST_URI");
  zend_string* query_string = lasting_string("QUERY_STRING");
  zend_string* request_method = lasting_string("REQUEST_METHOD");
  zend_string* server_software = lasting_string("SERVER_SOFTWARE");
  zend_string* gateway_interface = lasting_string("GATEWAY_INTERFACE");
  zend_string* auth_type = lasting_string("AUTH_TYPE");
  zend_string* remote_ident = lasting_string("REMOTE_IDENT");
  zend_string* remote_user = lasting_string("REMOTE_USER");
  zend_string* php_self = lasting_string("PHP_SELF");
  zend_string* server_protocol = lasting_string("SERVER_PROTOCOL");
  zend_string* path_translated = lasting_string("PATH_TRANSLATED");
};

void add_request_uri(zval* into, zend_string* name, std::string_view target) {
  const std::string_view uri = without_authority(target);
  if (uri.size() == target.size() || uri.starts_with('/')) {
    add(into, name, uri);
    return;
  }
  zval text;
  ZVAL_STR(&text, zend_string_concat2("/", 1, uri.data(), uri.size()));
  zend_hash_update(Z_ARRVAL_P(into), name, &text);
}

void add_request(zval* into, const ThreadState& state) {
  const core::RequestHead& head = state.head;
  static const Keys keys;
  const std::string_view* host_header = find_header(head, "host");
  const std::string_view host = host_header == nullptr ? std::string_view{} : *host_header;
  const bool https = head.scheme == "https";
  const auto [server_name, port] = split_host(host);

  add(into, keys.remote_addr, head.remote_address);
  add(into, keys.remote_host, head.remote_address);
  add(into, keys.remote_port, head.remote_port);
  add(into, keys.document_root, head.document_root);
  add(into, keys.path_info, head.path_info);
  zend_string* self = zend_string_concat2(head.script_name.data(), head.script_name.size(), head.path_info.data(),
                                          head.path_info.size());
  zval self_value;
  ZVAL_STR(&self_value, self);
  zend_hash_update(Z_ARRVAL_P(into), keys.php_self, &self_value);
  add(into, keys.document_uri, head.script_name);
  add(into, keys.script_filename, head.script_filename);
  add(into, keys.script_name, head.script_name);
  add(into, keys.https, https ? "on" : "");
  add(into, keys.ssl_protocol, head.tls_protocol);
  add(into, keys.ssl_cipher, head.tls_cipher);
  add(into, keys.request_scheme, head.scheme);
  add(into, keys.server_name, server_name);
  add(into, keys.server_port, !port.empty() ? port : https ? "443" : "80");
  const std::string_view* length = find_header(head, "content-length");
  add(into, keys.content_length, length == nullptr ? std::string_view{} : *length);
  const std::string_view* type = find_header(head, "content-type");
  add(into, keys.content_type, type == nullptr ? std::string_view{} : *type);
  zend_string* protocol = zend_string_concat2("HTTP/", 5, head.version.data(), head.version.size());
  zval protocol_value;
  ZVAL_STR(&protocol_value, protocol);
  zend_hash_update(Z_ARRVAL_P(into), keys.server_protocol, &protocol_value);
  add_request_uri(into, keys.request_uri, head.target);
  add(into, keys.query_string, query_of(head.target));
  add(into, keys.request_method, head.method);
  add(into, keys.server_software, "FrankenPHP");  // scripts written for it look here
  add(into, keys.gateway_interface, "CGI/1.1");
  add(into, keys.auth_type, "");
  add(into, keys.remote_ident, "");
  if (SG(request_info).auth_user != nullptr) add(into, keys.remote_user, SG(request_info).auth_user);
  if (!head.path_info.empty()) {
    zend_string* translated = zend_string_concat2(head.document_root.data(), head.document_root.size(),
                                                  head.path_info.data(), head.path_info.size());
    zval translated_value;
    ZVAL_STR(&translated_value, translated);
    zend_hash_update(Z_ARRVAL_P(into), keys.path_translated, &translated_value);
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

// The environment that the runtime was started with.
struct ProcessVariable {
  zend_string* name;
  zend_string* value;
};
// Written before any PHP thread runs; never freed, as some may outlive static destructors.
std::vector<ProcessVariable>& process_environment() {
  static auto* const variables = new std::vector<ProcessVariable>;
  return *variables;
}

void add_process_environment(zval* into) {
  const std::vector<ProcessVariable>& variables = process_environment();
  zend_hash_extend(Z_ARRVAL_P(into), static_cast<uint32_t>(variables.size()) + kUsualVariables, false);
  for (const auto& [name, value] : variables) {
    zval text;
    ZVAL_INTERNED_STR(&text, value);
    zend_hash_update(Z_ARRVAL_P(into), name, &text);
  }
}

}  // namespace

void remember_process_environment(const core::Environment& environment) {
  std::vector<ProcessVariable>& variables = process_environment();
  variables.clear();
  for (const auto& [name, value] : environment) {
    // A variable of the process must not pass for a header of the request.
    if (name.starts_with("HTTP_")) continue;
    variables.push_back({lasting_string(name), lasting_string(value)});
  }
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
  add_process_environment(track_vars_array);
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
