// What a host without Node needs in place of JavaScript: a client that sends requests and awaits operations, as one
// environment of Node's would. Each belongs to one thread; its port may be rung from any.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/runtime.h"

namespace sidekick::host {

// Ends the program, with status 1.
[[noreturn]] void fail(const std::string& what);

// The head of a request for a script in `root`, as lib/http/head.ts packs it.
std::string pack_head(const std::string& root, const std::string& script, const std::string& query, std::size_t body);

// One thread that sleeps until its port rings and passes on what came.
class Client {
 public:
  Client();

  const std::shared_ptr<core::Port>& port() const { return port_; }
  std::uint32_t next_id() { return ++last_id_; }

  // Waits for operation `id` and fails the program if it failed.
  void await_operation(std::uint32_t id, const char* what);

  // The whole response to a request, "status\nbody". `worker`: index of an HTTP worker of the scope, -1: classic.
  std::string request(core::Scope& scope, const std::string& head, std::int32_t worker, const std::string& body);

 private:
  void ring();
  std::vector<core::Event> next_events();
  static void note(const core::Event& event);

  std::mutex mutex_;
  std::condition_variable bell_;
  bool rung_ = false;
  std::uint32_t last_id_ = 0;
  std::shared_ptr<core::Port> port_;
};

}  // namespace sidekick::host
