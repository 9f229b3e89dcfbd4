#include "core/block.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace sidekick::core {

namespace {

constexpr std::size_t kHeaderBytes = Block::payload_offset();
static_assert(kHeaderBytes % 8 == 0);

std::size_t whole_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

std::byte* map_pages(std::size_t bytes) {
  void* pages =
      mmap(nullptr, whole_pages(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(pages);
}

}  // namespace

bool Block::guarded() {
  static const bool guarded = [] {
    const char* setting = std::getenv("PHP_SIDEKICK_GUARD_SNAPSHOTS");  // NOLINT(concurrency-mt-unsafe): never set here
    return setting != nullptr && std::strcmp(setting, "1") == 0;
  }();
  return guarded;
}

BlockRef Block::create(std::size_t bytes, std::vector<BlockRef> shared) {
  std::unique_ptr<const std::vector<BlockRef>> references;
  if (!shared.empty()) references = std::make_unique<const std::vector<BlockRef>>(std::move(shared));
  // malloc maps big blocks on their own and reuses small ones.
  void* memory = std::malloc(guarded() ? kHeaderBytes : kHeaderBytes + bytes);
  if (memory == nullptr) throw std::bad_alloc();
  // A slot's word has 48 bits for the address. The system gives others only to those who ask for them.
  if (reinterpret_cast<std::uintptr_t>(memory) >> 48 != 0) {
    std::free(memory);
    throw std::bad_alloc();
  }
  std::byte* payload = static_cast<std::byte*>(memory) + kHeaderBytes;
  try {
    if (guarded()) payload = map_pages(bytes);
  } catch (...) {
    std::free(memory);
    throw;
  }
  return BlockRef::adopt(new (memory) Block(payload, bytes, std::move(references)));
}

void Block::seal() {
  if (guarded()) mprotect(payload_, whole_pages(bytes_), PROT_READ);
}

void Block::destroy() {
  if (guarded()) {
    madvise(payload_, whole_pages(bytes_), MADV_DONTNEED);  // the memory goes back, the addresses do not
    mprotect(payload_, whole_pages(bytes_), PROT_NONE);
  }
  this->~Block();
  std::free(this);
}

}  // namespace sidekick::core
