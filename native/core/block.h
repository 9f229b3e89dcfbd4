// A block is the memory of one published snapshot: one allocation that holds a whole tree of values, filled once by
// its publisher and read-only ever after. This room knows only its bytes; native/php lays Zend values out in it.
//
// Ownership: a slot owns its current block; a superseded one belongs to the reclaimer, which frees it when no pin
// set holds it any more (core/pins.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sidekick::core {

class Block {
 public:
  struct Free {
    void operator()(Block* block) const { Block::destroy(block); }
  };
  using Owner = std::unique_ptr<Block, Free>;

  // Uninitialised payload of `bytes`, aligned to 16. Throws std::bad_alloc.
  static Owner create(std::size_t bytes);
  static void destroy(Block* block);

  std::byte* payload() { return reinterpret_cast<std::byte*>(this) + kHeaderBytes; }
  const std::byte* payload() const { return reinterpret_cast<const std::byte*>(this) + kHeaderBytes; }
  std::size_t bytes() const { return bytes_; }

  // 1 for a slot's first snapshot, one more at each publish; written by Slot::publish before readers see the block.
  std::uint64_t version = 0;

  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

 private:
  static constexpr std::size_t kHeaderBytes = 32;

  explicit Block(std::size_t bytes) : bytes_(bytes) {}
  ~Block() = default;

  std::size_t bytes_;
};

}  // namespace sidekick::core
