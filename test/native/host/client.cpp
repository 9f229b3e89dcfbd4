#include "client.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace sidekick::host {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "native_host: %s\n", what.c_str());
  std::_Exit(1);
}

std::string pack_head(const std::string& root, const std::string& script, const std::string& query, std::size_t body) {
  std::string head;
  const std::vector<std::string> fields{body == 0 ? "GET" : "POST",
                                        "/" + script + "?" + query,
                                        "1.1",
                                        "http",
                                        "",
                                        "",
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

Client::Client() : port_(std::make_shared<core::Port>([this] { ring(); })) {}

void Client::await_operation(std::uint32_t id, const char* what) {
  for (;;) {
    for (core::Event& event : next_events()) {
      if (event.kind == core::EventKind::failed && event.id == id)
        fail(std::string(what) + ": " + event.failure->message);
      if (event.kind == core::EventKind::done && event.id == id) return;
      note(event);
    }
  }
}

std::string Client::request(core::Scope& scope, const std::string& head, std::int32_t worker, const std::string& body) {
  const std::uint32_t id = next_id();
  auto exchange = std::make_shared<core::Exchange>(scope, port_, id, head);
  if (!body.empty()) exchange->push_body(body);
  exchange->end_body();
  exchange->set_worker(worker);
  if (const core::Failure failure = core::Runtime::instance().dispatch(exchange)) fail(failure.message);
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

void Client::ring() {
  std::lock_guard lock(mutex_);
  rung_ = true;
  bell_.notify_one();
}

std::vector<core::Event> Client::next_events() {
  std::vector<core::Event> events;
  std::unique_lock lock(mutex_);
  if (!bell_.wait_for(lock, std::chrono::seconds(60), [this] { return rung_; })) fail("nothing happened for a minute");
  rung_ = false;
  lock.unlock();
  port_->drain(events);
  return events;
}

void Client::note(const core::Event& event) {
  // What the workers do on purpose is no news.
  if (event.kind == core::EventKind::worker && event.failure &&
      event.failure->message.find("as planned") == std::string::npos)
    std::fprintf(stderr, "worker: %s\n", event.failure->message.c_str());
}

}  // namespace sidekick::host
