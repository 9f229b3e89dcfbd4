// What one PHP thread has read: for each name the slot, the block it holds pinned, and the array that scripts get.
//
// Reading an unchanged name is a look at the entry used last (or a hash lookup) and one atomic load. Pins are let go of
// after php_request_shutdown() has returned, never earlier: destructors, session handlers and output callbacks of the
// script may still hold the arrays. What was rebuilt in request memory (arrays with enum cases) goes in RSHUTDOWN.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/pins.h"
#include "core/scope.h"
#include "core/slot.h"

struct _zend_array;  // NOLINT(bugprone-reserved-identifier): the engine's name for its arrays

namespace sidekick::php {

struct VarsEntry {
  core::Slot* slot = nullptr;
  const core::Scope* scope = nullptr;
  const core::Block* block = nullptr;  // pinned; null: not read in this script run
  _zend_array* array = nullptr;        // what a script gets: the block's own, or rebuilt in request memory
  bool rebuilt = false;
};

class VarsCache {
 public:
  // The entry for a name of `scope`; null when that name has no slot.
  VarsEntry* find(core::Scope& scope, const char* name, std::size_t length, std::size_t hash);

  const core::Block* pin(VarsEntry& entry) { return entry.block = pins_.pin(*entry.slot); }

  std::vector<VarsEntry*>& in_use() { return in_use_; }
  // After php_request_shutdown(): the script that read is gone.
  void release();

 private:
  std::unordered_multimap<std::size_t, VarsEntry>
      entries_;  // by hash of the name; slots are never freed, so neither are they
  VarsEntry* last_ = nullptr;
  std::vector<VarsEntry*> in_use_;
  core::PinSet pins_;
};

}  // namespace sidekick::php
