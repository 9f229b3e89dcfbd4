#include "core/exchange.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/scope.h"

using namespace sidekick::core;

namespace {

struct Fixture {
  std::shared_ptr<Port> port = std::make_shared<Port>([] {});
  Scope scope{0, {}, port};
  Exchange exchange{scope, port, 7, "head"};
  std::stop_source force;

  std::vector<Event> events() {
    std::vector<Event> drained;
    port->drain(drained);
    return drained;
  }

  std::string read(std::size_t size) {
    std::string bytes(size, '\0');
    bytes.resize(exchange.read_body(bytes.data(), size, force.get_token()));
    return bytes;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "W04 a request body is read in order, in pieces of any size, until its end") {
  exchange.push_body("hello ");
  exchange.push_body("world");
  exchange.end_body();
  CHECK(read(3) == "hel");
  CHECK(read(100) == "lo world");
  CHECK(read(100).empty());
  CHECK(events().empty());
}

TEST_CASE_FIXTURE(Fixture, "W04 what was kept in a file comes before what was given since, and the file is closed") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fputs("from a file, and more of it", file);
  std::fflush(file);
  exchange.set_spool({fileno(file), 12});
  std::fclose(file);  // the exchange has a descriptor of its own
  exchange.push_body(" then memory");
  exchange.end_body();
  CHECK(read(5) == "from ");
  CHECK(read(100) == "a file,");
  CHECK(read(100) == " then memory");
  CHECK(read(100).empty());
  CHECK_FALSE(exchange.aborted());
}

TEST_CASE_FIXTURE(Fixture, "W04 a file that cannot be read ends the request, not the body, and its client is told") {
  exchange.set_spool({-1, 12});
  exchange.end_body();
  CHECK(read(100).empty());
  CHECK(exchange.aborted());
  CHECK_FALSE(exchange.send("200", "part", Event::kHasHead, force.get_token()));
  CHECK(events().empty());
  exchange.send("", "end", Event::kLast, force.get_token());
  const auto told = events();
  REQUIRE(told.size() == 1);
  CHECK(told[0].flags == (Event::kLast | Event::kAborted));
  CHECK(told[0].body.empty());
  exchange.send("", "again", Event::kLast, force.get_token());
  CHECK(events().empty());
}

TEST_CASE_FIXTURE(Fixture, "W04 nobody is told of a file that cannot be read once the client has gone") {
  exchange.set_spool({-1, 12});
  CHECK(read(100).empty());
  exchange.abort();
  CHECK_FALSE(exchange.send("", "end", Event::kLast, force.get_token()));
  CHECK(events().empty());
}

TEST_CASE_FIXTURE(Fixture, "W04 JavaScript is told to wait above the high-water mark and to go on below the low one") {
  CHECK(exchange.push_body(std::string(Exchange::kBodyHighWater - 1, 'x')));
  CHECK_FALSE(exchange.push_body("yy"));
  read(Exchange::kBodyHighWater - Exchange::kBodyLowWater);
  CHECK(events().empty());
  read(100);
  const auto told = events();
  REQUIRE(told.size() == 1);
  CHECK(told[0].kind == EventKind::body_drained);
  CHECK(told[0].id == 7);
}

TEST_CASE_FIXTURE(Fixture, "a reader that waits for a body is released by its end, by an abort and by force") {
  SUBCASE("end") {
    std::thread other([this] { exchange.end_body(); });
    CHECK(read(10).empty());
    other.join();
  }
  SUBCASE("abort") {
    std::thread other([this] { exchange.abort(); });
    CHECK(read(10).empty());
    other.join();
    CHECK(exchange.aborted());
  }
  SUBCASE("force") {
    std::thread other([this] { force.request_stop(); });
    CHECK(read(10).empty());
    other.join();
  }
}

TEST_CASE_FIXTURE(Fixture, "W04 a script waits while too much of its response is unacknowledged") {
  REQUIRE(exchange.send("200", std::string(Exchange::kResponseHighWater, 'x'), Event::kHasHead, force.get_token()));
  std::thread client([this] { exchange.acknowledge(Exchange::kResponseHighWater); });
  CHECK(exchange.send("", "more", 0, force.get_token()));
  client.join();
  CHECK(events().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "the last part never waits, and nothing follows it") {
  exchange.send("200", std::string(Exchange::kResponseHighWater, 'x'), Event::kHasHead, force.get_token());
  CHECK(exchange.send("", "end", Event::kLast, force.get_token()));
  CHECK_FALSE(exchange.send("", "late", 0, force.get_token()));
  const auto sent = events();
  REQUIRE(sent.size() == 2);
  CHECK(sent[1].body == "end");
  CHECK(sent[1].flags == Event::kLast);
}

TEST_CASE_FIXTURE(Fixture, "nothing is sent once the client has gone") {
  exchange.abort();
  CHECK_FALSE(exchange.send("200", "body", Event::kHasHead, force.get_token()));
  CHECK(events().empty());
}
