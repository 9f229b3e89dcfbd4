// What one PHP thread has read: for each name the slot, the block it holds pinned, and the array that scripts get.
//
// Reading an unchanged name is a look at what its call site found last (or a hash lookup) and one atomic load. Pins are
// let go of after php_request_shutdown() has returned, never earlier: destructors, session handlers and output
// callbacks of the script may still hold the arrays. What was rebuilt in request memory goes in RSHUTDOWN.
//
// A script that never ends pins every version it reads. What the superseded ones among them cost is summed up here;
// past the budget (contract V12) new versions are copied instead, until the script is run again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/pins.h"
#include "core/scope.h"
#include "core/slot.h"

struct _zend_array;  // NOLINT(bugprone-reserved-identifier): the engine's name for its arrays

namespace sidekick::php {

struct VarsEntry {
  core::Slot* slot = nullptr;
  const core::SlotPlace* place = nullptr;  // of the slot's word
  std::string name;                        // the slot's, here because the slot itself is rarely in a cache
  const core::Scope* scope = nullptr;
  core::SlotWord word;           // its block is pinned; null: not read in this script run
  _zend_array* array = nullptr;  // what a script gets: the block's own, or rebuilt in request memory
  bool rebuilt = false;
  std::uint64_t copied_version = 0;  // not 0: `array` is a private copy of this version, and `word` an older one

  bool is_unchanged() const { return place->load(std::memory_order_acquire) == word.bits(); }
};

class VarsCache {
 public:
  // `owner`: whose pins these are, see core::PinSet.
  explicit VarsCache(const void* owner) : pins_(owner) {}

  // What the address of a name led to before in this script, null when nothing is known. Two call sites with the same
  // literal share one string, so this is a cache by call site; it may forget.
  VarsEntry* at_site(const void* name, const core::Scope* scope) const {
    const Site& site = sites_[site_of(name)];
    return site.name == name && site.scope == scope ? site.entry : nullptr;
  }
  // `name` must be an interned string: its bytes are the same at that address until release().
  void remember_site(const void* name, VarsEntry& entry) { sites_[site_of(name)] = {name, entry.scope, &entry}; }

  // The entry of a name of `scope` that was looked for before; `hash` is of the name's bytes.
  VarsEntry* known(const core::Scope* scope, std::string_view name, std::size_t hash) const {
    const std::size_t mask = places_.size() - 1;
    for (std::size_t at = hash & mask; places_[at].entry != nullptr; at = (at + 1) & mask) {
      if (places_[at].hash != hash) continue;
      VarsEntry& entry = *places_[at].entry;
      if (entry.scope == scope && entry.name == name) return &entry;
    }
    return nullptr;
  }
  // The same, of any name; null when it has no slot.
  VarsEntry* find(core::Scope& scope, std::string_view name, std::size_t hash);

  // Pins the slot's current block for the entry; false: nothing is published.
  bool pin(VarsEntry& entry);
  // Whether a newer version of the entry's name must be copied rather than pinned on top of the old one.
  bool must_copy(const VarsEntry& entry, std::size_t budget, std::size_t budget_of_all);

  // Pins for the time of a copy. Null: nothing is published.
  const core::Block* pin_for_copy(const VarsEntry& entry) { return pins_.pin(*entry.place).block(); }
  void unpin_copied(const core::Block* block) { pins_.unpin_last(block); }

  // The entries that hold something for the script that runs.
  std::vector<VarsEntry*>& in_use() { return in_use_; }
  // After php_request_shutdown(): the script that read is gone.
  void release();

 private:
  struct Place {
    std::size_t hash = 0;
    VarsEntry* entry = nullptr;
  };

  struct Site {
    const void* name = nullptr;
    const core::Scope* scope = nullptr;
    VarsEntry* entry = nullptr;
  };

  void settle();

  static std::size_t site_of(const void* name) { return (reinterpret_cast<std::uintptr_t>(name) >> 4) % kSites; }
  void insert(std::size_t hash, VarsEntry& entry);

  static constexpr std::size_t kSites = 64;
  std::array<Site, kSites> sites_;
  std::vector<Place> places_{16};  // open addressing, at most half full; a power of two
  std::deque<VarsEntry> entries_;  // slots are never freed, so neither are these
  std::vector<VarsEntry*> in_use_;
  core::PinSet pins_;
  // The versions that this script has read a newer one after. What they cost is at first taken from their words, as
  // if no newer one shared anything with them; the blocks are looked into when that would go over the budget.
  using Step = std::pair<const core::Block*, const core::Block*>;  // older, newer; both pinned
  std::vector<Step> unsettled_;
  std::size_t unsettled_bytes_ = 0;
  std::size_t settled_bytes_ = 0;
  bool copies_ = false;  // past the budget
};

}  // namespace sidekick::php
