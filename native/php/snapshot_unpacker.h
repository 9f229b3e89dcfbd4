// JavaScript to snapshot: lays core::PackedValue out as a block. Uses no PHP thread context: hash tables are built by
// hand, as the engine builds its own. Whatever is in the buffers, nothing outside them is read.
#pragma once

#include <cstddef>

#include "core/block.h"
#include "php/engine.h"

namespace sidekick::php {

// What the buffers hold is not a value, or one that PHP cannot have.
struct Malformed {
  const char* what;
};

// Throws Malformed, std::bad_alloc. `limit`: the largest block to make; SnapshotTooLarge when it does not suffice.
struct SnapshotTooLarge {};
core::BlockRef unpack_snapshot(const PackedView& packed, std::size_t limit);

}  // namespace sidekick::php
