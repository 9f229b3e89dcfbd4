// The tasks of one JavaScript environment: those it has sent, those it serves, and the names it serves. JavaScript
// names each by a number of its own choice. Everything here belongs to the environment's JavaScript thread; the tasks
// themselves are core's (core/task.h), whose events say by number what is worth a look.
//
// What crosses to JavaScript is one message a batch of events (lib/tasks/inbox.ts), in words: how many, and for each
//
//   id kLook            something can be read, received, or has changed
//   id kDone {value}    a task that was sent for its result alone has it
//   id kDoneEmpty       … without a single update
//   id kFailed          … or not; the next of the failures beside the message says why
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/failure.h"
#include "core/port.h"
#include "core/scope.h"
#include "core/task.h"
#include "core/task_queue.h"

namespace sidekick::node {

class Tasks {
 public:
  enum Kind : std::int32_t { kLook = 0, kDone = 1, kDoneEmpty = 2, kFailed = 3 };

  struct Report {
    std::uint32_t id = 0;
    Kind kind = kLook;
    core::BlockRef value = {};   // of kDone
    core::Failure failure = {};  // of kFailed
  };

  // A number for the name, for sends to come.
  std::uint32_t name(core::Scope& scope, std::string name);
  // `consume`: only its end is reported, with the last update; nobody reads the others.
  void send(const std::shared_ptr<core::Port>& port, std::uint32_t name, std::uint32_t id, bool consume,
            core::Milliseconds timeout, core::BlockRef payload);
  void consume(std::uint32_t id);
  core::Task* find(std::uint32_t id) const;
  void forget(std::uint32_t id) { entries_.erase(id); }

  // Tasks of `name` come to this environment from now on; an empty string, or why not.
  std::string serve(const std::shared_ptr<core::Port>& port, core::Scope& scope, const std::string& name,
                    std::uint32_t id, std::uint32_t places);
  void unserve(std::uint32_t id);
  // The next task of the listener `listener`, which goes by `id` then; null: there is none.
  core::Task* receive(const std::shared_ptr<core::Port>& port, std::uint32_t listener, std::uint32_t id);

  // An event was about `id`.
  void note(std::uint32_t id) { noted_.push_back(id); }
  bool has_notes() const { return !noted_.empty(); }
  // What is to be told of those; belongs to this object, and stays until the next call.
  const std::vector<Report>& look();

  // The environment ends: what it sent is cancelled, what it served fails.
  void leave();

 private:
  class Listener;

  struct Entry {
    core::TaskRef task;
    bool is_sent = false;
    bool consumed = false;
    core::BlockRef last;  // of a consumed one: the update that was read last
  };
  struct Name {
    core::Scope* scope;
    std::string name;
  };
  struct Served {
    core::TaskQueue* queue;
    std::shared_ptr<Listener> listener;
  };

  void look_at(std::uint32_t id);

  std::vector<std::uint32_t> noted_;
  std::vector<Report> reports_;
  std::vector<Name> names_;
  std::unordered_map<std::uint32_t, Entry> entries_;
  std::unordered_map<std::uint32_t, Served> served_;
};

}  // namespace sidekick::node
