// Array to snapshot, in two steps: the planner validates the array, measures it and compares it with the snapshot
// before; the filler lays out one block. Neither throws a PHP exception nor bails out, and neither runs user code.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/block.h"
#include "php/snapshot_sharing.h"
#include "php/zend.h"

namespace sidekick::php {

struct SnapshotPlan {
  std::string problem;  // not empty: "the value at path cannot be …", for a ValueError
  bool identical =
      false;  // to the snapshot before, bit for bit: types, NaN and -0.0, order and kind of keys, next index
  bool has_enums = false;
  std::size_t bytes = 0;  // of the new block
  Sharing sharing;
  // For each nested array that the filler will meet, in its order: the stored array to share, or null: copy.
  std::vector<const zend_array*> subtrees;
};

// `limit`: maxSnapshotBytes. `current`: the snapshot before, null for none; the caller holds its slot's Publication
// from here to the end of write_snapshot(). Elements may be those of stored arrays, enum references included.
SnapshotPlan plan_snapshot(zend_array* root, std::size_t limit, core::Block* current);

// `plan` must be of this very array, unchanged since, without a problem. Throws std::bad_alloc.
core::BlockRef write_snapshot(zend_array* root, const SnapshotPlan& plan);

}  // namespace sidekick::php
