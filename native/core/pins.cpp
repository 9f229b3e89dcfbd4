#include "core/pins.h"

#include <algorithm>
#include <unordered_set>

#include "core/slot.h"

namespace sidekick::core {

PinSet::PinSet() { Reclaimer::instance().add(*this); }

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

const Block* PinSet::pin(const Slot& slot) {
  const Block* block = slot.current();
  if (block == nullptr) return nullptr;
  auto& pin = add();
  slots_.push_back(&slot);
  for (;;) {
    pin.store(block, std::memory_order_seq_cst);
    const Block* now = slot.current_sequential();
    if (now == block) return block;
    block = now;
  }
}

void PinSet::release_all() {
  bool superseded = false;
  std::size_t index = 0;
  for (Chunk* chunk = &first_; index < slots_.size(); chunk = chunk->next.load(std::memory_order_relaxed)) {
    for (auto& pin : chunk->pins) {
      if (index == slots_.size()) break;
      const Block* block = pin.load(std::memory_order_relaxed);  // relaxed: our own store
      pin.store(nullptr, std::memory_order_seq_cst);
      superseded |= slots_[index++]->current_sequential() != block;
    }
  }
  slots_.clear();
  last_ = &first_;
  used_in_last_ = 0;
  if (superseded) Reclaimer::instance().collect();
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

void Reclaimer::retire(Block::Owner block) {
  std::vector<Block::Owner> garbage;  // freed after the lock is released
  std::lock_guard lock(mutex_);
  retired_.push_back(std::move(block));
  collect_locked(garbage);
}

void Reclaimer::collect() {
  std::vector<Block::Owner> garbage;
  std::lock_guard lock(mutex_);
  collect_locked(garbage);
}

void Reclaimer::collect_locked(std::vector<Block::Owner>& garbage) {
  std::unordered_set<const Block*> pinned;
  for (const PinSet* set : sets_) {
    for (const PinSet::Chunk* chunk = &set->first_; chunk != nullptr;
         chunk = chunk->next.load(std::memory_order_acquire)) {
      for (const auto& pin : chunk->pins) {
        if (const Block* block = pin.load(std::memory_order_seq_cst)) pinned.insert(block);
      }
    }
  }
  const auto keep = std::partition(retired_.begin(), retired_.end(),
                                   [&](const Block::Owner& block) { return pinned.contains(block.get()); });
  garbage.insert(garbage.end(), std::make_move_iterator(keep), std::make_move_iterator(retired_.end()));
  retired_.erase(keep, retired_.end());
}

PinSet::Held Reclaimer::superseded() const {
  std::lock_guard lock(mutex_);
  PinSet::Held held;
  held.blocks = retired_.size();
  for (const auto& block : retired_) held.bytes += block->bytes();
  return held;
}

}  // namespace sidekick::core
