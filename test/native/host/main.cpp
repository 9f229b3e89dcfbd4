// A host without Node: runs core/ and php/ as the addon does, with plain C++ where JavaScript would be. The base for
// ThreadSanitizer and valgrind, which do not get along with a JavaScript engine in the process.
//
//   native_host [SECONDS [THREADS]]     defaults: 1 and 3; exit status 0: everything held
//   NATIVE_HOST_INI                     php.ini entries instead of those that turn opcache on
//
// Two names are published as fast as it goes, one by a pool of two instances, one by an instance that starts from what
// it has read; all of them end and crash now and then. Classic requests and an HTTP worker that is run again after each
// hundred requests read, check that nothing is torn, write to what they got and keep it over publishes; two threads pack
// snapshots as JavaScript would, and one publishes what it packed; another opens and closes scopes. Then everything is stopped, started once more, and
// stopped.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "client.h"
#include "core/pack_history.h"
#include "core/packed_value.h"
#include "core/pins.h"
#include "php/engine.h"

using namespace sidekick;
using host::Client;
using host::fail;

namespace {

const std::string kRoot = NATIVE_HOST_ROOT;

std::atomic<bool> over{false};
std::atomic<std::uint64_t> requests{0};
std::atomic<std::uint64_t> packed_versions{0};
std::atomic<std::uint64_t> scopes{0};

void start(Client& client, std::uint32_t threads) {
  core::RuntimeOptions options;
  options.threads = threads;
  const char* ini = std::getenv("NATIVE_HOST_INI");
  options.ini_entries = ini != nullptr ? ini : "opcache.enable=1\nmemory_limit=256M\n";
  options.env = {{"FROM_HOST", "yes"}};
  const std::uint32_t operation = client.next_id();
  core::Runtime::instance().start(php::engine(), options, "host", client.port(), operation);
  client.await_operation(operation, "start");
}

void stop(Client& client) {
  const std::uint32_t operation = client.next_id();
  core::Runtime::instance().stop(core::Milliseconds{10'000}, client.port(), operation);
  client.await_operation(operation, "stop");
}

core::WorkerOptions publisher(const char* name, std::uint32_t num) {
  core::WorkerOptions options;
  options.file = kRoot + "/publisher.php";
  options.name = name;
  options.background = true;
  options.num = num;
  options.max_consecutive_failures = -1;
  return options;
}

core::Scope& open_scope(Client& client, const char* name, std::uint32_t publishers) {
  core::ScopeOptions options;
  options.name = name;
  options.root = kRoot;
  core::WorkerOptions http;
  http.file = kRoot + "/worker.php";
  http.name = "http";
  http.num = 2;
  http.max_requests = 100;
  http.max_consecutive_failures = -1;
  options.js_vars = {"packed"};
  options.workers = {http, publisher("publisher", publishers), publisher("changes-a-leaf", 1)};
  const std::uint32_t operation = client.next_id();
  core::Scope& scope = core::Runtime::instance().create_scope(options, client.port(), operation);
  client.await_operation(operation, "create_scope");
  return scope;
}

void close_scope(Client& client, core::Scope& scope) {
  const std::uint32_t operation = client.next_id();
  core::Runtime::instance().close_scope(scope, client.port(), operation);
  client.await_operation(operation, "close_scope");
}

// `worker`: as Client::request has it.
void ask(Client& client, core::Scope& scope, std::int32_t worker, std::uint64_t turn) {
  const std::string script = worker < 0 ? "classic.php" : "worker.php";
  const std::string body = turn % 3 == 0 ? std::string(turn % 1000, 'b') : "";
  const std::string response = client.request(
      scope, host::pack_head(kRoot, script, "turn=" + std::to_string(turn), body.size()), worker, body);
  const std::string expected = "200\nturn " + std::to_string(turn) + " body " + std::to_string(body.size()) + " ok";
  if (response != expected) fail("worker " + std::to_string(worker) + ": '" + response + "', not '" + expected + "'");
  requests++;
}

void send_requests(core::Scope& scope, std::int32_t worker) {
  Client client;
  for (std::uint64_t turn = 0; !over.load(); turn++) ask(client, scope, worker, turn);
}

void pack(core::Scope& scope) {
  core::PinSet pins;
  struct Name {
    core::Slot* slot;
    core::PackHistory history;
    std::uint64_t seen;
  };
  std::list<Name> names;
  for (const char* name : {"publisher", "changes-a-leaf"}) names.push_back({scope.find_slot(name), {}, 0});
  core::PackedValue packed;
  while (!over.load()) {
    for (Name& name : names) {
      if (!php::pack_snapshot(*name.slot, pins, name.history, name.history.sequence(), packed))
        fail("nothing is published, though the worker is ready");
      if (packed.version < name.seen) fail("a version went back");
      packed_versions += packed.version != name.seen ? 1 : 0;
      name.seen = packed.version;
    }
  }
}

// A list of one number, many times: one more each time.
void publish_packed(core::Scope& scope) {
  core::Slot& slot = scope.slot("packed");
  for (std::int32_t version = 1; !over.load() || version == 1; version++) {
    core::Words ops;
    ops.push(core::PackedValue::kList, 200);
    for (int number = 0; number < 200; number++) ops.push(core::PackedValue::kInt32, version);
    const php::PackedView view{{ops.begin(), ops.size()}, {}, {}};
    if (const core::Failure failure = php::publish_packed(slot, view)) fail(failure.message);
  }
}

void open_and_close() {
  Client client;
  while (!over.load()) {
    core::Scope& scope = open_scope(client, "passing", 1);
    const core::Words empty_list = [] {
      core::Words ops;
      ops.push(core::PackedValue::kList, 0);
      return ops;
    }();
    php::publish_packed(scope.slot("packed"), {{empty_list.begin(), empty_list.size()}, {}, {}});
    for (std::uint64_t turn = 0; turn < 4; turn++) ask(client, scope, turn % 2 == 0 ? -1 : 0, turn);
    close_scope(client, scope);
    scopes++;
  }
}

}  // namespace

int main(int count, char** arguments) {
  const auto seconds = std::chrono::seconds(count > 1 ? std::atoi(arguments[1]) : 1);
  const auto threads = static_cast<std::uint32_t>(count > 2 ? std::atoi(arguments[2]) : 3);

  Client main;
  start(main, threads);
  core::Scope& scope = open_scope(main, "host", 2);
  const core::Slot* slot = scope.find_slot("publisher");

  std::vector<std::thread> load;
  load.emplace_back([&scope] { publish_packed(scope); });
  for (const std::int32_t worker : {-1, -1, 0}) load.emplace_back([&scope, worker] { send_requests(scope, worker); });
  for (int packer = 0; packer < 2; packer++) load.emplace_back([&scope] { pack(scope); });
  load.emplace_back(open_and_close);
  std::this_thread::sleep_for(seconds);
  over = true;
  for (std::thread& each : load) each.join();
  const double publishes = slot->version_word()->load();

  close_scope(main, scope);
  const core::RuntimeStatus status = core::Runtime::instance().status();
  stop(main);
  start(main, 1);
  stop(main);
  if (!core::Runtime::instance().stop_for_exit(std::chrono::seconds(10))) return 1;  // no thread is left
  std::printf(
      "native_host: %llu requests, %.0f publishes, %llu versions packed, %llu scopes, %zu superseded snapshots left\n",
      static_cast<unsigned long long>(requests.load()), publishes,
      static_cast<unsigned long long>(packed_versions.load()), static_cast<unsigned long long>(scopes.load()),
      status.superseded.snapshots);
  return 0;
}
