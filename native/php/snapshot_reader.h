// Snapshot to array, where a script of the calling thread cannot get the snapshot's own.
#pragma once

#include "core/block.h"
#include "php/zend.h"

namespace sidekick::php {

enum class Rebuild : std::uint8_t {
  enums,       // what has no enum case below it is shared as it is: the snapshot must stay pinned
  everything,  // an ordinary array, which owes nothing to the snapshot
};

// A copy of the snapshot in request memory, with the calling thread's own enum cases in it. Null: an exception was
// thrown (a class or case is missing, or autoloading threw). May run user code and may bail out: call it with no lock
// held and no C++ object in need of a destructor, and with the snapshot pinned meanwhile.
zend_array* rebuild_snapshot(const core::Block& block, Rebuild what);

}  // namespace sidekick::php
