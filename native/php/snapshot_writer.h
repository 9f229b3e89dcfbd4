// Array to snapshot: validate and measure, then fill one block. Never throws a PHP exception and never bails out.
#pragma once

#include <cstddef>
#include <string>

#include "core/block.h"
#include "php/zend.h"

namespace sidekick::php {

struct Measure {
  std::size_t bytes = 0;
  bool has_enums = false;
  std::string problem;  // empty, or "path: what cannot be shared", for a ValueError
};

// `limit`: maxSnapshotBytes.
Measure measure_snapshot(zend_array* root, std::size_t limit);

// `measure` must be of this very array, unchanged since. Throws std::bad_alloc.
core::Block::Owner write_snapshot(zend_array* root, const Measure& measure);

// Bit for bit the same: types, NaN and -0.0, order and kind of keys, next index, iterator position.
bool snapshot_equals(const core::Block& block, zend_array* root);

}  // namespace sidekick::php
