// A host without Node: runs core/ and php/ as the addon does, with plain C++ where JavaScript would be. The base for
// ThreadSanitizer, valgrind and fuzzers, which do not get along with a JavaScript engine in the process.
//
//   native_host [SECONDS [THREADS]]     defaults: 1 and 3; exit status 0: everything held
//   NATIVE_HOST_INI                     php.ini entries instead of those that turn opcache on
//
// A background worker publishes as fast as it can; classic requests and an HTTP worker read, check that no snapshot is
// torn and write to what they got; this thread packs snapshots as JavaScript would. Then everything is stopped, started
// once more, and stopped.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/packed_value.h"
#include "core/pins.h"
#include "core/runtime.h"
#include "php/engine.h"

using namespace sidekick;

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "native_host: %s\n", what.c_str());
  std::_Exit(1);
}

// Stands for a JavaScript environment: one thread that sleeps until its port rings and passes on what came.
class Client {
 public:
  Client() : port_(std::make_shared<core::Port>([this] { ring(); })) {}

  const std::shared_ptr<core::Port>& port() const { return port_; }
  std::uint32_t next_id() { return ++last_id_; }

  // Waits for operation `id` and fails the program if it failed.
  void await_operation(std::uint32_t id, const char* what) {
    for (;;) {
      for (core::Event& event : next_events()) {
        if (event.kind == core::EventKind::failed && event.id == id)
          fail(std::string(what) + ": " + event.failure->message);
        if (event.kind == core::EventKind::done && event.id == id) return;
        note(event);
      }
    }
  }

  // The whole response to a request, "status\nbody".
  std::string request(core::Scope& scope, const std::string& head, std::int32_t worker, const std::string& body) {
    const std::uint32_t id = next_id();
    auto exchange = std::make_shared<core::Exchange>(scope, port_, id, head);
    if (!body.empty()) exchange->push_body(body);
    exchange->end_body();
    if (const core::Failure failure = core::Runtime::instance().dispatch(exchange, worker)) fail(failure.message);
    std::string response;
    for (;;) {
      for (core::Event& event : next_events()) {
        if (event.kind != core::EventKind::response || event.id != id) {
          note(event);
          continue;
        }
        if ((event.flags & core::Event::kHasHead) != 0) response = event.head.substr(0, event.head.find('\0')) + "\n";
        response += event.body;
        exchange->acknowledge(event.body.size());
        if ((event.flags & core::Event::kLast) != 0) return response;
      }
    }
  }

 private:
  void ring() {
    std::lock_guard lock(mutex_);
    rung_ = true;
    bell_.notify_one();
  }

  std::vector<core::Event> next_events() {
    std::vector<core::Event> events;
    std::unique_lock lock(mutex_);
    if (!bell_.wait_for(lock, std::chrono::seconds(60), [this] { return rung_; }))
      fail("nothing happened for a minute");
    rung_ = false;
    lock.unlock();
    port_->drain(events);
    return events;
  }

  static void note(const core::Event& event) {
    if (event.kind == core::EventKind::log) std::fprintf(stderr, "log: %s\n", event.head.c_str());
    if (event.kind == core::EventKind::worker && event.failure)
      std::fprintf(stderr, "worker: %s\n", event.failure->message.c_str());
  }

  std::mutex mutex_;
  std::condition_variable bell_;
  bool rung_ = false;
  std::uint32_t last_id_ = 0;
  std::shared_ptr<core::Port> port_;
};

std::string pack_head(const std::string& root, const std::string& script, const std::string& query, std::size_t body) {
  std::string head;
  const std::vector<std::string> fields{body == 0 ? "GET" : "POST",
                                        "/" + script + "?" + query,
                                        "1.1",
                                        "http",
                                        "127.0.0.1",
                                        "9",
                                        root,
                                        root + "/" + script,
                                        "/" + script,
                                        "",
                                        "host",
                                        "localhost",
                                        "content-type",
                                        "text/plain",
                                        "content-length",
                                        std::to_string(body)};
  for (const std::string& field : fields) head += field + '\0';
  return head;
}

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

core::Scope& open_scope(Client& client, const std::string& root) {
  core::ScopeOptions options;
  options.name = "host";
  options.root = root;
  core::WorkerOptions http;
  http.file = root + "/worker.php";
  http.name = "http";
  http.num = 2;
  core::WorkerOptions publisher;
  publisher.file = root + "/publisher.php";
  publisher.name = "publisher";
  publisher.background = true;
  publisher.num = 1;
  options.workers = {http, publisher};
  const std::uint32_t operation = client.next_id();
  core::Scope& scope = core::Runtime::instance().create_scope(options, client.port(), operation);
  client.await_operation(operation, "create_scope");
  return scope;
}

}  // namespace

int main(int count, char** arguments) {
  const auto seconds = std::chrono::seconds(count > 1 ? std::atoi(arguments[1]) : 1);
  const auto threads = static_cast<std::uint32_t>(count > 2 ? std::atoi(arguments[2]) : 3);
  const std::string root = NATIVE_HOST_ROOT;

  Client main;
  start(main, threads);
  core::Scope& scope = open_scope(main, root);

  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> requests{0};
  std::vector<std::thread> clients;
  for (const std::int32_t worker : {-1, -1, 0}) {
    clients.emplace_back([&, worker] {
      Client client;
      const std::string script = worker < 0 ? "classic.php" : "worker.php";
      for (std::uint64_t turn = 0; !over.load(); turn++) {
        const std::string body = turn % 3 == 0 ? std::string(turn % 1000, 'b') : "";
        const std::string response =
            client.request(scope, pack_head(root, script, "turn=" + std::to_string(turn), body.size()), worker, body);
        const std::string expected =
            "200\nturn " + std::to_string(turn) + " body " + std::to_string(body.size()) + " ok";
        if (response != expected)
          fail("worker " + std::to_string(worker) + ": '" + response + "', not '" + expected + "'");
        requests++;
      }
    });
  }

  core::Slot* slot = scope.find_slot("publisher");
  core::PinSet pins;
  core::PackHistory history;
  core::PackedValue packed;
  std::uint64_t seen = 0;
  std::uint64_t versions = 0;
  const auto end = std::chrono::steady_clock::now() + seconds;
  while (std::chrono::steady_clock::now() < end) {
    if (!php::pack_snapshot(*slot, pins, history, history.sequence(), packed))
      fail("nothing is published, though the worker is ready");
    if (packed.version < seen) fail("a version went back");
    versions += packed.version != seen ? 1 : 0;
    seen = packed.version;
  }
  over = true;
  for (std::thread& client : clients) client.join();

  const std::uint32_t closing = main.next_id();
  core::Runtime::instance().close_scope(scope, main.port(), closing);
  main.await_operation(closing, "close_scope");
  const core::RuntimeStatus status = core::Runtime::instance().status();
  stop(main);
  start(main, 1);
  stop(main);
  std::printf("native_host: %llu requests, %llu publishes, %llu versions packed, %zu superseded snapshots left\n",
              static_cast<unsigned long long>(requests.load()), static_cast<unsigned long long>(seen),
              static_cast<unsigned long long>(versions), status.superseded.snapshots);
  return 0;
}
