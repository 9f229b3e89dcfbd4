// What JavaScript needs to know of a scope that another JavaScript thread created (routing, names of workers): a text
// that only JavaScript reads. Any thread; leaked, like the scopes it is about.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "core/scope.h"

namespace sidekick::node {

class Manifests {
 public:
  static Manifests& instance() {
    static auto* manifests = new Manifests;
    return *manifests;
  }

  void set(const core::Scope& scope, std::string text) {
    const std::lock_guard lock(mutex_);
    texts_[&scope] = std::move(text);
  }

  std::string get(const core::Scope& scope) {
    const std::lock_guard lock(mutex_);
    return texts_[&scope];
  }

 private:
  std::mutex mutex_;  // guards texts_; a leaf
  std::unordered_map<const core::Scope*, std::string> texts_;
};

}  // namespace sidekick::node
