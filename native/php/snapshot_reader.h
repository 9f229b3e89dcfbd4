// Snapshot to array: what a script of the calling thread gets.
#pragma once

#include "core/block.h"
#include "php/zend.h"

namespace sidekick::php {

// A copy of the snapshot in request memory with the calling thread's own enum cases in it, for snapshots that hold any;
// what has none below it is shared as it is. Null: an exception was thrown (a class or case is missing, or autoloading
// threw). May run user code and may bail out: call it with no lock held and no C++ object in need of a destructor.
zend_array* rebuild_with_enums(const core::Block& block);

}  // namespace sidekick::php
