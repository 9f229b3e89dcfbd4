#include "core/slot.h"

#include <algorithm>
#include <bit>
#include <new>

#include "core/pins.h"

namespace sidekick::core {

namespace {

// The next free word of a line of eight; leaked, as slots are.
SlotPlace* new_word() {
  constexpr std::size_t kWords = 512;
  static auto* mutex = new std::mutex;  // a leaf; guards the two below
  static SlotPlace* words = nullptr;
  static std::size_t used = kWords;
  std::lock_guard lock(*mutex);
  if (used == kWords) {
    words = new (std::align_val_t{64}) SlotPlace[kWords]{};
    used = 0;
  }
  return &words[used++];
}

}  // namespace

// Six bits of exponent, ten of mantissa.
SlotWord::SlotWord(Block& block) : bits_(reinterpret_cast<std::uintptr_t>(&block) | block.tag) {
  std::size_t bytes = block.bytes();
  for (const BlockRef& shared : block.shared()) bytes += shared->bytes();
  const auto excess = static_cast<unsigned>(std::max(0, static_cast<int>(std::bit_width(bytes)) - 10));
  std::uintptr_t exponent = excess;
  std::uintptr_t mantissa = (bytes + (std::size_t{1} << excess) - 1) >> excess;
  if (mantissa == 0x400) {
    mantissa >>= 1;
    exponent++;
  }
  bits_ |= exponent << 58 | mantissa << 48;
}

Slot::Slot(std::string name) : name_(std::move(name)), current_(new_word()), version_word_(new std::atomic<double>(0)) {
  static_assert(std::atomic<double>::is_always_lock_free && sizeof(std::atomic<double>) == sizeof(double));
}

namespace {

// relaxed, and no atomic addition: a block belongs to one slot, whose mutex is held. The reclaimer looks at it with a
// mutex held that the superseded block passes through.
void count_in_current(Block& snapshot, std::uint32_t change) {
  const auto add = [change](Block& each) {
    each.in_current.store(each.in_current.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
  };
  add(snapshot);
  for (const BlockRef& shared : snapshot.shared()) add(*shared);
}

}  // namespace

void Slot::Watcher::tell() const {
  Event event;
  event.kind = EventKind::vars_changed;
  event.id = id;
  port->push(std::move(event));
}

bool Slot::Publication::publish(BlockRef block) {
  if (slot_.withdrawn_) return false;
  const Block* const before = current();
  const std::uint64_t version = before != nullptr ? before->version + 1 : 1;
  block->version = version;
  block->seal();
  count_in_current(*block, 1);
  const SlotWord word(*block.release());
  BlockRef superseded =
      BlockRef::adopt(SlotWord(slot_.current_->exchange(word.bits(), std::memory_order_seq_cst)).block());
  slot_.version_word_->store(static_cast<double>(version), std::memory_order_release);
  if (superseded) count_in_current(*superseded, static_cast<std::uint32_t>(-1));
  std::vector<Watcher> watchers;
  watchers.swap(slot_.watchers_);
  lock_.unlock();

  for (const Watcher& watcher : watchers) watcher.tell();
  if (superseded) Reclaimer::instance().retire(std::move(superseded));
  return version == 1;
}

void Slot::withdraw() {
  std::unique_lock lock(mutex_);
  withdrawn_ = true;
  BlockRef last = BlockRef::adopt(SlotWord(current_->exchange(0, std::memory_order_seq_cst)).block());
  if (last) count_in_current(*last, static_cast<std::uint32_t>(-1));
  std::vector<Watcher> watchers;
  watchers.swap(watchers_);
  lock.unlock();
  for (const Watcher& watcher : watchers) watcher.tell();
  if (!last) return;
  Reclaimer::instance().retire(std::move(last));
  Reclaimer::instance().collect();
}

std::size_t Slot::current_bytes() const {
  std::lock_guard lock(mutex_);
  const Block* block = current();
  if (block == nullptr) return 0;
  std::size_t bytes = block->bytes();
  for (const BlockRef& shared : block->shared()) bytes += shared->bytes();
  return bytes;
}

bool Slot::watch(std::shared_ptr<Port> port, std::uint32_t id) {
  std::lock_guard lock(mutex_);
  if (!withdrawn_) watchers_.push_back({std::move(port), id});
  return !withdrawn_;
}

void Slot::unwatch(const Port& port, std::uint32_t id) {
  std::lock_guard lock(mutex_);
  std::erase_if(watchers_, [&](const Watcher& watcher) { return watcher.port.get() == &port && watcher.id == id; });
}

}  // namespace sidekick::core
