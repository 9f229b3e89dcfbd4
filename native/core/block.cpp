#include "core/block.h"

#include <cstdlib>
#include <new>

namespace sidekick::core {

Block::Owner Block::create(std::size_t bytes) {
  static_assert(sizeof(Block) <= kHeaderBytes);
  void* memory = std::malloc(kHeaderBytes + bytes);  // malloc aligns to 16 and maps big blocks on their own
  if (memory == nullptr) throw std::bad_alloc();
  return Owner(new (memory) Block(bytes));
}

void Block::destroy(Block* block) {
  block->~Block();
  std::free(block);
}

}  // namespace sidekick::core
