#include "core/pins.h"

#include <algorithm>
#include <new>

#include "core/slot.h"

namespace sidekick::core {

namespace {

// Looking at all pins costs more than a small publish, and the more the more is held: so much may wait for the next
// look, or a fixed part of what the last one had to leave.
constexpr std::size_t kUncollectedBlocks = 7;  // as many as malloc keeps of one size at hand for each thread
constexpr std::size_t kUncollectedBytes = std::size_t{256} << 10;
constexpr std::size_t kPartOfKept = 4;

}  // namespace

PinSet::PinSet(const void* owner) : owner_(owner) { Reclaimer::instance().add(*this); }

PinSet::~PinSet() {
  release_all();
  Reclaimer::instance().remove(*this);
  for (Chunk* chunk = first_.next.load(std::memory_order_relaxed); chunk != nullptr;) {
    Chunk* next = chunk->next.load(std::memory_order_relaxed);  // relaxed: nobody else follows a removed set
    delete chunk;
    chunk = next;
  }
}

std::atomic<const Block*>& PinSet::add() {
  if (used_in_last_ == Chunk::kPins) {
    Chunk* next = last_->next.load(std::memory_order_relaxed);  // relaxed: only the owner appends
    if (next == nullptr) {
      next = new Chunk;
      last_->next.store(next, std::memory_order_release);
    }
    last_ = next;
    used_in_last_ = 0;
  }
  return last_->pins[used_in_last_++];
}

SlotWord PinSet::pin(const SlotPlace& place) {
  SlotWord word(place.load(std::memory_order_acquire));
  if (word.block() == nullptr) return word;
  places_.push_back(&place);  // first: a place in a chunk that is counted and left null would hide the pins after it
  std::atomic<const Block*>* added = nullptr;
  try {
    added = &add();
  } catch (...) {
    places_.pop_back();
    throw;
  }
  auto& pin = *added;
  for (;;) {
    pin.store(word.block(), std::memory_order_seq_cst);
    const SlotWord now(place.load(std::memory_order_seq_cst));
    if (now == word) break;
    word = now;
  }
  if (word.block() == nullptr) drop_last();  // withdrawn this very moment; a null would hide the pins after it
  return word;
}

void PinSet::drop_last() {
  used_in_last_--;
  places_.pop_back();
  // The chunk before this one is full: where the next pin goes does not matter, as long as it is counted in order.
  if (used_in_last_ > 0 || last_ == &first_) return;
  Chunk* before = &first_;
  while (before->next.load(std::memory_order_relaxed) != last_) before = before->next.load(std::memory_order_relaxed);
  last_ = before;
  used_in_last_ = Chunk::kPins;
}

void PinSet::unpin_last(const Block* block) {
  auto& pin = last_->pins[used_in_last_ - 1];
  if (pin.load(std::memory_order_relaxed) != block) return;  // relaxed: our own store
  pin.store(nullptr, std::memory_order_seq_cst);
  const SlotPlace& place = *places_.back();
  drop_last();
  if (SlotWord(place.load(std::memory_order_seq_cst)).block() != block) Reclaimer::instance().collect();
}

void PinSet::release_all() {
  bool superseded = false;
  std::size_t index = 0;
  for (Chunk* chunk = &first_; index < places_.size(); chunk = chunk->next.load(std::memory_order_relaxed)) {
    for (auto& pin : chunk->pins) {
      if (index == places_.size()) break;
      const Block* block = pin.load(std::memory_order_relaxed);  // relaxed: our own store
      pin.store(nullptr, std::memory_order_seq_cst);
      superseded |= SlotWord(places_[index++]->load(std::memory_order_seq_cst)).block() != block;
    }
  }
  places_.clear();
  last_ = &first_;
  used_in_last_ = 0;
  if (superseded) Reclaimer::instance().collect();
}

// Pins in use come first: one is only set after those before it, in an order that all threads agree on, so behind a
// null there is none that (D) must see. (While a set is let go of, pins behind a null are still to be cleared; nobody
// needs their blocks any more.)
template <typename Visit>
void PinSet::each_pin(const Visit& visit) const {
  for (const Chunk* chunk = &first_; chunk != nullptr; chunk = chunk->next.load(std::memory_order_acquire)) {
    for (const auto& pin : chunk->pins) {
      const Block* block = pin.load(std::memory_order_seq_cst);
      if (block == nullptr) return;
      visit(block);
    }
  }
}

Reclaimer& Reclaimer::instance() {
  static auto* reclaimer = new Reclaimer;
  return *reclaimer;
}

void Reclaimer::add(PinSet& set) {
  std::lock_guard lock(mutex_);
  sets_.push_back(&set);
}

void Reclaimer::remove(PinSet& set) {
  std::lock_guard lock(mutex_);
  std::erase(sets_, &set);
}

void Reclaimer::retire(BlockRef block) {
  Garbage garbage;
  std::lock_guard lock(mutex_);
  std::size_t bytes = block->bytes();
  for (const BlockRef& shared : block->shared()) {  // in the figures only as current, unless nobody has looked since
    if (shared->in_current.load(std::memory_order_relaxed) == 0) bytes += shared->bytes();
  }
  uncollected_++;
  uncollected_bytes_ += bytes;
  superseded_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  try {
    retired_.push_back(std::move(block));
  } catch (const std::bad_alloc&) {
    static_cast<void>(
        block.release());  // without a place on the list it can never be freed: somebody may have it pinned
    return;
  }
  const std::size_t kept = retired_.size() - uncollected_;
  if (uncollected_ >= std::max(kUncollectedBlocks, kept / kPartOfKept) ||
      uncollected_bytes_ >= std::max(kUncollectedBytes, kept_bytes_ / kPartOfKept)) {
    try {
      collect_locked(garbage.blocks);
    } catch (const std::bad_alloc&) {
      return;  // all is still listed; whoever comes next looks again
    }
  }
}

void Reclaimer::collect() {
  Garbage garbage;
  std::lock_guard lock(mutex_);
  collect_locked(garbage.blocks);
}

void Reclaimer::collect_locked(std::vector<BlockRef>& garbage) {
  uncollected_ = 0;
  uncollected_bytes_ = 0;
  pinned_.clear();
  for (const PinSet* set : sets_) set->each_pin([this](const Block* block) { pinned_.push_back(block); });
  std::sort(pinned_.begin(), pinned_.end());
  garbage.reserve(retired_.size());  // what is moved from here on must arrive
  const auto keep = std::partition(retired_.begin(), retired_.end(), [&](const BlockRef& block) {
    return std::binary_search(pinned_.begin(), pinned_.end(), block.get());
  });
  garbage.insert(garbage.end(), std::make_move_iterator(keep), std::make_move_iterator(retired_.end()));
  retired_.erase(keep, retired_.end());
  mark_++;
  std::size_t bytes = 0;
  for (const BlockRef& block : retired_) bytes += count_locked(*block);
  kept_bytes_ = bytes;
  superseded_bytes_.store(bytes, std::memory_order_relaxed);
}

// What the block and those it shares cost beyond the current snapshots, each counted once per `mark_`.
std::size_t Reclaimer::count_locked(const Block& snapshot) {
  std::size_t bytes = 0;
  const auto count = [&](Block& block) {
    if (block.in_current.load(std::memory_order_relaxed) == 0 && std::exchange(block.mark, mark_) != mark_) {
      bytes += block.bytes();
    }
  };
  count(const_cast<Block&>(snapshot));
  for (const BlockRef& shared : snapshot.shared()) count(*shared);
  return bytes;
}

Superseded Reclaimer::superseded(std::unordered_map<const void*, Superseded>* by_owner) {
  Garbage garbage;
  std::lock_guard lock(mutex_);
  collect_locked(garbage.blocks);
  if (by_owner != nullptr) {
    for (const PinSet* set : sets_) {
      std::vector<const Block*> held;
      set->each_pin([&](const Block* block) { held.push_back(block); });
      std::sort(held.begin(), held.end());
      Superseded& sum = (*by_owner)[set->owner_];
      mark_++;
      for (const BlockRef& block : retired_) {  // a pin may hold a current one too, which is nobody's cost
        if (!std::binary_search(held.begin(), held.end(), block.get())) continue;
        sum.snapshots++;
        sum.bytes += count_locked(*block);
      }
    }
  }
  return {.snapshots = retired_.size(), .bytes = superseded_bytes_.load(std::memory_order_relaxed)};
}

}  // namespace sidekick::core
