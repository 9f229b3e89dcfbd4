// Which blocks a new snapshot may point into instead of repeating what is in them: those of the snapshot before. How
// much of each would stay in use is summed up first (`tally`), then `decide` keeps those of which at least half would:
// a snapshot never holds more than twice the memory that it needs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/block.h"
#include "php/zend.h"

namespace sidekick::php {

class Sharing {
 public:
  static constexpr int kNone = -1;

  // `current`: the snapshot before, not superseded as long as this is in use; null: there is none.
  explicit Sharing(core::Block* current);

  // The candidate that holds `address`, or kNone.
  int find(const void* address) const {
    const auto place = reinterpret_cast<std::uintptr_t>(address);
    if (EXPECTED(place - lowest_ >= span_)) return kNone;  // most are in the script's own memory
    for (int each = 0; each < count_; each++) {
      if (candidates_[static_cast<std::size_t>(each)].block->holds(address)) return each;
    }
    return kNone;
  }
  bool has_candidates() const { return count_ > 0; }

  void tally(int candidate, std::size_t bytes) { candidates_[static_cast<std::size_t>(candidate)].live += bytes; }

  // What was tallied so far, to go back to when a subtree turns out to be shared as a whole.
  using Mark = std::array<std::size_t, 8>;
  Mark mark() const;
  void back_to(const Mark& mark);

  // Afterwards keeps() answers. Returns the bytes that were tallied for blocks that are not kept.
  std::size_t decide();
  std::size_t kept_bytes() const;  // of what was tallied
  bool keeps(int candidate) const {
    return candidate != kNone && candidates_[static_cast<std::size_t>(candidate)].kept;
  }
  bool keeps_at(const void* address) const { return any_kept_ && keeps(find(address)); }
  std::vector<core::BlockRef> kept() const;

 private:
  struct Candidate {
    core::Block* block;
    std::size_t live;
    bool kept;
  };

  void add(core::Block& block);

  std::array<Candidate, std::tuple_size_v<Mark>> candidates_;  // the first `count_` of them
  int count_ = 0;
  std::uintptr_t lowest_ = 0;  // all candidates are in the `span_` bytes from here
  std::size_t span_ = 0;
  bool any_kept_ = false;
};

}  // namespace sidekick::php
