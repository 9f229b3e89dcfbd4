#include "php/request_info.h"

#include <algorithm>
#include <charconv>

namespace sidekick::php {

namespace {

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view lower_text) {
  return text.size() == lower_text.size() &&
         std::equal(text.begin(), text.end(), lower_text.begin(), [](char one, char two) { return lower(one) == two; });
}

std::string_view without_authority(std::string_view target) {
  if (target.starts_with('/')) return target;
  const auto colon = target.find("://");
  const auto is_of_scheme = [](char letter) {
    return (lower(letter) >= 'a' && lower(letter) <= 'z') || (letter >= '0' && letter <= '9') || letter == '+' ||
           letter == '.' || letter == '-';
  };
  if (colon == 0 || colon == std::string_view::npos ||
      !std::all_of(target.begin(), target.begin() + static_cast<std::ptrdiff_t>(colon), is_of_scheme)) {
    return target;
  }
  return target.substr(std::min(target.find_first_of("/?", colon + 3), target.size()));
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? target.substr(target.size()) : target.substr(mark + 1);
}

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
  info.request_uri = const_cast<char*>(without_authority(head.target).data());
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

}  // namespace sidekick::php
