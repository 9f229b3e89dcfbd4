// A block is the memory of one published snapshot: one allocation that holds a tree of values, filled once by its
// publisher and read-only ever after. This room knows only its bytes; native/php lays Zend values out in it.
//
// A snapshot that differs little from the one before need not repeat it: its block may point into older blocks, and
// then holds a reference to each of them (`shared()`, never nested: what an older block shares in turn is listed here
// too). Blocks are therefore counted; a slot holds its current one, the reclaimer (core/pins.h) the superseded ones.
//
// With PHP_SIDEKICK_GUARD_SNAPSHOTS=1 in the environment every block has pages of its own, which nobody can write to
// once it is published, and which nobody can touch any more, for good, once it is released: a reader that holds a
// snapshot too long, or writes to one, crashes at once instead of reading what came after. For tests: it never gives
// address space back.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/ref.h"

namespace sidekick::core {

class Block;
using BlockRef = Ref<Block>;

class Block : public Counted {
 public:
  // Uninitialised payload of `bytes`, aligned to 8, that points into `shared`. Throws std::bad_alloc.
  static BlockRef create(std::size_t bytes, std::vector<BlockRef> shared = {});

  std::byte* payload() { return payload_; }
  const std::byte* payload() const { return payload_; }
  std::size_t bytes() const { return bytes_; }
  std::span<const BlockRef> shared() const {
    return shared_ == nullptr ? std::span<const BlockRef>() : std::span<const BlockRef>(*shared_);
  }
  bool holds(const void* address) const {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - payload_) < bytes_;
  }

  // The payload is complete; nobody writes to it from now on.
  void seal();
  // Nobody will read the block as a snapshot again, which needs what it shares; a newer one may share it still, and
  // does not point to what points out of it. Called once, by the reclaimer.
  void end_as_snapshot() { shared_.reset(); }
  // Whether blocks are guarded, see above.
  static bool guarded();

  // What the publisher tells readers along with the block's address (core/slot.h), so that they need not touch a block
  // they only pass on. Less than SlotWord::kTags; what it means is the publisher's affair.
  std::uint8_t tag = 0;
  // Of the payload from the block's address, unless blocks are guarded.
  static constexpr std::size_t payload_offset();
  // 1 for a slot's first snapshot, one more at each publish; written by Slot::publish before readers see the block.
  std::uint64_t version = 0;
  // How many current snapshots are made of this block: their own, or one they share. Written with its slot's mutex
  // held.
  std::atomic<std::uint32_t> in_current{0};
  // Belongs to the reclaimer, for counting each block once.
  std::uint64_t mark = 0;

 private:
  friend BlockRef;

  Block(std::byte* payload, std::size_t bytes, std::unique_ptr<const std::vector<BlockRef>> shared)
      : bytes_(bytes), payload_(payload), shared_(std::move(shared)) {}
  ~Block() = default;
  void destroy();

  const std::size_t bytes_;
  std::byte* const payload_;
  std::unique_ptr<const std::vector<BlockRef>> shared_;  // null: none
};

constexpr std::size_t Block::payload_offset() { return sizeof(Block); }

}  // namespace sidekick::core
