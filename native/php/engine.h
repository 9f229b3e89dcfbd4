// PHP as the rest of the addon sees it: no Zend type in here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/block.h"
#include "core/engine.h"
#include "core/failure.h"
#include "core/pack_history.h"
#include "core/packed_value.h"
#include "core/pins.h"
#include "core/slot.h"

namespace sidekick::php {

// The engine of this process; a leaked singleton, like the runtime it serves.
core::Engine& engine();

// "8.4.22"; known without starting PHP.
std::string version();

// The slot's current snapshot, for a JavaScript reader that has got message `sequence` (0: none) of `history`. False:
// nothing is published. Any thread; `pins` is the caller's own and holds the snapshot for the time of the call only.
bool pack_snapshot(const core::Slot& slot, core::PinSet& pins, core::PackHistory& history, std::uint32_t sequence,
                   core::PackedValue& into);

// A snapshot that belongs to no slot, for a reader that has got message `sequence` of `history`. Any thread.
void pack_block(const core::Block& block, core::PackHistory& history, std::uint32_t sequence, core::PackedValue& into);

// Packs many small things into one message: words of the caller's own, and snapshots that belong to no slot.
class MessagePacker {
 public:
  MessagePacker(core::PackHistory& history, std::uint32_t sequence, core::PackedValue& into);
  template <typename... Each>
  void words(Each... each) {
    history_.words.push(each...);
  }
  void value(const core::Block& block);
  void finish() { history_.finish(into_); }

 private:
  core::PackHistory& history_;
  core::PackedValue& into_;
};

// A value that JavaScript packed (core/packed_value.h), which need not be well formed.
struct PackedView {
  std::span<const std::int32_t> ops;
  std::string_view text;  // UTF-8
  std::string_view bytes;
};

// The same as a snapshot that belongs to no slot. Any thread.
core::Failure unpack_block(const PackedView& packed, core::BlockRef& into);

// Publishes it, unless it is what the slot has already. A failure changes nothing. Any thread.
core::Failure publish_packed(core::Slot& slot, const PackedView& packed);

}  // namespace sidekick::php
