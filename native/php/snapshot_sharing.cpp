#include "php/snapshot_sharing.h"

#include <algorithm>
#include <span>

namespace sidekick::php {

namespace {

// Below this a copy is cheaper than the bookkeeping of a shared block.
constexpr std::size_t kWorthwhile = 4096;

}  // namespace

Sharing::Sharing(core::Block* current) {
  if (current == nullptr) return;
  add(*current);
  for (const core::BlockRef& shared : current->shared()) add(*shared);
}

void Sharing::add(core::Block& block) {
  if (block.bytes() < kWorthwhile || static_cast<std::size_t>(count_) == candidates_.size()) return;
  candidates_[static_cast<std::size_t>(count_++)] = {.block = &block, .live = 0, .kept = false};
  const auto begin = reinterpret_cast<std::uintptr_t>(block.payload());
  const std::uintptr_t lowest = span_ == 0 ? begin : std::min(lowest_, begin);
  span_ = std::max(span_ == 0 ? 0 : lowest_ + span_, begin + block.bytes()) - lowest;
  lowest_ = lowest;
}

Sharing::Mark Sharing::mark() const {
  Mark mark;  // the first `count_` of it
  for (std::size_t each = 0; each < static_cast<std::size_t>(count_); each++) mark[each] = candidates_[each].live;
  return mark;
}

void Sharing::back_to(const Mark& mark) {
  for (std::size_t each = 0; each < static_cast<std::size_t>(count_); each++) candidates_[each].live = mark[each];
}

std::size_t Sharing::decide() {
  std::size_t repeated = 0;
  for (Candidate& each : std::span(candidates_).first(static_cast<std::size_t>(count_))) {
    each.kept = each.live >= kWorthwhile && each.live >= each.block->bytes() / 2;
    any_kept_ = any_kept_ || each.kept;
    if (!each.kept) repeated += each.live;
  }
  return repeated;
}

std::size_t Sharing::kept_bytes() const {
  std::size_t bytes = 0;
  for (const Candidate& each : std::span(candidates_).first(static_cast<std::size_t>(count_)))
    bytes += each.kept ? each.live : 0;
  return bytes;
}

std::vector<core::BlockRef> Sharing::kept() const {
  std::vector<core::BlockRef> kept;
  if (!any_kept_) return kept;
  for (const Candidate& each : std::span(candidates_).first(static_cast<std::size_t>(count_))) {
    if (each.kept) kept.emplace_back(*each.block);
  }
  return kept;
}

}  // namespace sidekick::php
