#include "php/vars_cache.h"

#include <cstring>
#include <utility>

namespace sidekick::php {

namespace {

bool names(const VarsEntry& entry, const core::Scope& scope, const char* name, std::size_t length) {
  const std::string& own = entry.slot->name();
  return entry.scope == &scope && own.size() == length && std::memcmp(own.data(), name, length) == 0;
}

std::size_t bytes_of(const core::Block& snapshot) {
  std::size_t bytes = snapshot.bytes();
  for (const core::BlockRef& shared : snapshot.shared()) bytes += shared->bytes();
  return bytes;
}

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

VarsEntry* VarsCache::find(core::Scope& scope, const void* site, const char* name, std::size_t length,
                           std::size_t hash) {
  const std::size_t mask = places_.size() - 1;
  for (std::size_t at = hash & mask; places_[at].entry != nullptr; at = (at + 1) & mask) {
    if (places_[at].hash != hash) continue;
    VarsEntry& entry = *places_[at].entry;
    if ((entry.site == site && entry.scope == &scope) || names(entry, scope, name, length)) return &entry;
  }
  core::Slot* slot = scope.find_slot({name, length});
  if (slot == nullptr) return nullptr;
  if (places_.size() < 2 * (entries_.size() + 1)) {
    const std::vector<Place> before = std::exchange(places_, std::vector<Place>(2 * places_.size()));
    for (const Place& place : before) {
      if (place.entry != nullptr) insert(place.hash, *place.entry);
    }
  }
  VarsEntry& entry = entries_.emplace_back();
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
    superseded_bytes_ += bytes_beyond(*entry.word.block(), *word.block());
  }
  entry.word = word;
  return true;
}

bool VarsCache::must_copy(const VarsEntry& entry, std::size_t budget, std::size_t budget_of_all) {
  const core::Block* held = entry.word.block();
  if (held == nullptr || copies_) return copies_ && held != nullptr;
  core::Reclaimer& all = core::Reclaimer::instance();
  const auto goes_over = [&](std::size_t bytes) {
    return superseded_bytes_ + bytes > budget || all.superseded_bytes() > budget_of_all;
  };
  if (!goes_over(bytes_of(*held))) return false;  // not even if the new one shares nothing
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
    entry->site = nullptr;
    entry->array = nullptr;
    entry->copied_version = 0;
  }
  in_use_.clear();
  sites_.fill({});
  superseded_bytes_ = 0;
  copies_ = false;
  pins_.release_all();
}

}  // namespace sidekick::php
