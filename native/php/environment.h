// The environment as PHP scripts see it, per thread: a snapshot of the process's, taken when the runtime started, then
// the scope's `env`, then the worker's, then what the script did with putenv(). The process's own environment is never
// written: setenv() beside Node's reads is a crash (design.md, trap 7).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/options.h"

namespace sidekick::php {

class EnvironmentTable {
 public:
  // Starts over for a script run or a classic request; the layers must outlive it.
  void reset(const core::Environment* process, const core::Environment* scope, const core::Environment* worker);

  const std::string* find(std::string_view name);
  void put(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  template <typename Visit>
  void each(Visit visit) {
    load();
    for (const auto& [name, value] : variables_) visit(name, value);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  void load();  // copies the layers, at the first use: most requests never look

  const core::Environment* process_ = nullptr;
  const core::Environment* scope_ = nullptr;
  const core::Environment* worker_ = nullptr;
  bool loaded_ = false;
  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> variables_;
};

}  // namespace sidekick::php
