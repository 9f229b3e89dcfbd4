#include "php/environment.h"

namespace sidekick::php {

void EnvironmentTable::reset(const core::Environment* process, const core::Environment* scope,
                             const core::Environment* worker) {
  process_ = process;
  scope_ = scope;
  worker_ = worker;
  loaded_ = false;
  variables_.clear();
}

void EnvironmentTable::load() {
  if (loaded_) return;
  loaded_ = true;
  for (const core::Environment* layer : {process_, scope_, worker_}) {
    if (layer == nullptr) continue;
    for (const auto& [name, value] : *layer) variables_.insert_or_assign(name, value);
  }
}

const std::string* EnvironmentTable::find(std::string_view name) {
  load();
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

void EnvironmentTable::put(std::string_view name, std::string_view value) {
  load();
  variables_.insert_or_assign(std::string(name), std::string(value));
}

void EnvironmentTable::remove(std::string_view name) {
  load();
  if (const auto found = variables_.find(name); found != variables_.end()) variables_.erase(found);
}

}  // namespace sidekick::php
