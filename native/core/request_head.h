// The head of an HTTP request as it crosses from JavaScript to a PHP thread: one string of fields separated by NUL
// bytes (no HTTP field can hold one), so that a request costs one copy and no tree of objects.
//
//   method NUL target NUL version NUL scheme NUL tls protocol NUL tls cipher NUL remote address NUL remote port NUL
//   document root NUL script filename NUL script name NUL path info NUL { header name NUL header value NUL }
//
// `parse` makes views into that string and allocates nothing but the vector of headers.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sidekick::core {

struct RequestHead {
  std::string_view method;        // as sent: "GET"
  std::string_view target;        // the request line's target: path and query, undecoded
  std::string_view version;       // "1.1"
  std::string_view scheme;        // "http" or "https"
  std::string_view tls_protocol;  // "TLSv1.3", or ""
  std::string_view tls_cipher;    // "TLS_AES_256_GCM_SHA384", or ""
  std::string_view remote_address;
  std::string_view remote_port;
  std::string_view document_root;    // absolute, no trailing slash
  std::string_view script_filename;  // absolute
  std::string_view script_name;      // URL path of the script
  std::string_view path_info;        // what follows it, "" or beginning with a slash
  std::vector<std::pair<std::string_view, std::string_view>> headers;

  static std::optional<RequestHead> parse(std::string_view packed) {
    RequestHead head;
    const std::array<std::string_view*, 12> fields{&head.method,          &head.target,       &head.version,
                                                   &head.scheme,          &head.tls_protocol, &head.tls_cipher,
                                                   &head.remote_address,  &head.remote_port,  &head.document_root,
                                                   &head.script_filename, &head.script_name,  &head.path_info};
    for (std::string_view* field : fields) {
      if (!take(packed, *field)) return std::nullopt;
    }
    while (!packed.empty()) {
      std::string_view name;
      std::string_view value;
      if (!take(packed, name) || !take(packed, value)) return std::nullopt;
      head.headers.emplace_back(name, value);
    }
    return head;
  }

 private:
  static bool take(std::string_view& rest, std::string_view& field) {
    const auto end = rest.find('\0');
    if (end == std::string_view::npos) return false;
    field = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return true;
  }
};

}  // namespace sidekick::core
