#include "core/request_head.h"

#include <doctest/doctest.h>

#include <string>

using sidekick::core::RequestHead;

namespace {

// The way lib/http/head.ts packs.
std::string pack(std::initializer_list<std::string_view> fields) {
  std::string packed;
  for (const std::string_view field : fields) packed.append(field).push_back('\0');
  return packed;
}

}  // namespace

TEST_CASE("a request head is parsed into views, empty fields and repeated headers included") {
  const std::string packed = pack({"GET", "/a?b", "1.1", "https", "TLSv1.3", "TLS_X", "::1", "80", "/srv", "/srv/a.php",
                                   "/a.php", "", "Host", "x", "X-Empty", "", "Host", "y"});
  const auto head = RequestHead::parse(packed);
  REQUIRE(head.has_value());
  CHECK(head->method == "GET");
  CHECK(head->target == "/a?b");
  CHECK(head->script_filename == "/srv/a.php");
  CHECK(head->path_info.empty());
  REQUIRE(head->headers.size() == 3);
  CHECK(head->headers[1].first == "X-Empty");
  CHECK(head->headers[1].second.empty());
  CHECK(head->headers[2].second == "y");
}

TEST_CASE("a truncated request head is refused") {
  const std::string whole = pack({"GET", "/", "1.1", "http", "", "", "", "", "", "", "", "", "Host", "x"});
  REQUIRE(RequestHead::parse(whole).has_value());
  CHECK_FALSE(RequestHead::parse(std::string_view(whole).substr(0, whole.size() - 1)).has_value());
  CHECK_FALSE(RequestHead::parse(pack({"GET", "/", "1.1"})).has_value());
  CHECK_FALSE(RequestHead::parse("").has_value());
}
