#include "php/snapshot_sharing.h"

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
  candidates_[static_cast<std::size_t>(count_++)].block = &block;
}

Sharing::Mark Sharing::mark() const {
  Mark mark{};
  for (std::size_t each = 0; each < static_cast<std::size_t>(count_); each++) mark[each] = candidates_[each].live;
  return mark;
}

void Sharing::back_to(const Mark& mark) {
  for (std::size_t each = 0; each < static_cast<std::size_t>(count_); each++) candidates_[each].live = mark[each];
}

std::size_t Sharing::decide() {
  std::size_t repeated = 0;
  for (Candidate& each : candidates_) {
    each.kept = each.block != nullptr && each.live >= kWorthwhile && each.live >= each.block->bytes() / 2;
    any_kept_ = any_kept_ || each.kept;
    if (!each.kept) repeated += each.live;
  }
  return repeated;
}

std::size_t Sharing::kept_bytes() const {
  std::size_t bytes = 0;
  for (const Candidate& each : candidates_) bytes += each.kept ? each.live : 0;
  return bytes;
}

std::vector<core::BlockRef> Sharing::kept() const {
  std::vector<core::BlockRef> kept;
  for (const Candidate& each : candidates_) {
    if (each.kept) kept.emplace_back(*each.block);
  }
  return kept;
}

}  // namespace sidekick::php
