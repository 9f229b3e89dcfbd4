#include "php/vars_cache.h"

#include <utility>

namespace sidekick::php {

namespace {

// What a snapshot keeps in memory that a newer one of the same name does not. What a newer one has left out none after
// it has again, so the sum of these over all that a script has read counts every block once.
std::size_t bytes_beyond(const core::Block& older, const core::Block& newer) {
  const auto beyond = [&newer](const core::Block& block) {
    if (&block == &newer) return std::size_t{0};
    for (const core::BlockRef& shared : newer.shared()) {
      if (shared.get() == &block) return std::size_t{0};
    }
    return block.bytes();
  };
  std::size_t bytes = beyond(older);
  for (const core::BlockRef& shared : older.shared()) bytes += beyond(*shared);
  return bytes;
}

}  // namespace

VarsEntry* VarsCache::find(core::Scope& scope, std::string_view name, std::size_t hash) {
  if (VarsEntry* entry = known(&scope, name, hash)) return entry;
  core::Slot* slot = scope.find_slot(name);
  if (slot == nullptr) return nullptr;
  if (places_.size() < 2 * (entries_.size() + 1)) {
    const std::vector<Place> before = std::exchange(places_, std::vector<Place>(2 * places_.size()));
    for (const Place& place : before) {
      if (place.entry != nullptr) insert(place.hash, *place.entry);
    }
  }
  std::string own(name);
  VarsEntry& entry = entries_.emplace_back();
  entry.name = std::move(own);
  entry.slot = slot;
  entry.place = &slot->place();
  entry.scope = &scope;
  insert(hash, entry);
  return &entry;
}

void VarsCache::insert(std::size_t hash, VarsEntry& entry) {
  const std::size_t mask = places_.size() - 1;
  std::size_t at = hash & mask;
  while (places_[at].entry != nullptr) at = (at + 1) & mask;
  places_[at] = {hash, &entry};
}

bool VarsCache::pin(VarsEntry& entry) {
  const core::SlotWord word = pins_.pin(*entry.place);
  if (word.block() == nullptr) return false;
  if (entry.word.block() == nullptr) {
    in_use_.push_back(&entry);
  } else {
    unsettled_.emplace_back(entry.word.block(), word.block());
    unsettled_bytes_ += entry.word.bytes();
  }
  entry.word = word;
  return true;
}

void VarsCache::settle() {
  for (const auto& [older, newer] : unsettled_) settled_bytes_ += bytes_beyond(*older, *newer);
  unsettled_.clear();
  unsettled_bytes_ = 0;
}

bool VarsCache::must_copy(const VarsEntry& entry, std::size_t budget, std::size_t budget_of_all) {
  const core::Block* held = entry.word.block();
  if (held == nullptr || copies_) return copies_ && held != nullptr;
  core::Reclaimer& all = core::Reclaimer::instance();
  const auto goes_over = [&](std::size_t bytes) {
    return settled_bytes_ + unsettled_bytes_ + bytes > budget || all.superseded_bytes() > budget_of_all;
  };
  if (!goes_over(entry.word.bytes())) return false;  // not even if the newer ones share nothing
  settle();
  const core::Block* next = pins_.pin(*entry.place).block();
  if (next == nullptr) return false;  // withdrawn
  const std::size_t bytes = bytes_beyond(*held, *next);
  pins_.unpin_last(next);
  if (!goes_over(bytes)) return false;
  all.collect();  // what nobody holds must not count
  copies_ = goes_over(bytes);
  return copies_;
}

void VarsCache::release() {
  for (VarsEntry* entry : in_use_) {
    entry->word = {};
    entry->array = nullptr;
    entry->copied_version = 0;
  }
  in_use_.clear();
  sites_.fill({});
  unsettled_.clear();
  unsettled_bytes_ = 0;
  settled_bytes_ = 0;
  copies_ = false;
  pins_.release_all();
}

}  // namespace sidekick::php
