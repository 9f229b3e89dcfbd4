#include "php/vars_cache.h"

#include <cstring>

namespace sidekick::php {

namespace {

bool names(const VarsEntry& entry, const core::Scope& scope, const char* name, std::size_t length) {
  const std::string& own = entry.slot->name();
  return entry.scope == &scope && own.size() == length && std::memcmp(own.data(), name, length) == 0;
}

}  // namespace

VarsEntry* VarsCache::find(core::Scope& scope, const char* name, std::size_t length, std::size_t hash) {
  if (last_ != nullptr && names(*last_, scope, name, length)) return last_;
  const auto [begin, end] = entries_.equal_range(hash);
  for (auto entry = begin; entry != end; ++entry) {
    if (names(entry->second, scope, name, length)) return last_ = &entry->second;
  }
  core::Slot* slot = scope.find_slot({name, length});
  if (slot == nullptr) return nullptr;
  return last_ = &entries_.emplace(hash, VarsEntry{.slot = slot, .scope = &scope})->second;
}

void VarsCache::release() {
  for (VarsEntry* entry : in_use_) {
    entry->block = nullptr;
    entry->array = nullptr;
  }
  in_use_.clear();
  pins_.release_all();
}

}  // namespace sidekick::php
