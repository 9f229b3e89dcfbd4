// PHP as the rest of the addon sees it: no Zend type in here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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

// A value that JavaScript packed (core/packed_value.h), which need not be well formed.
struct PackedView {
  std::span<const std::int32_t> ops;
  std::string_view text;  // UTF-8
  std::string_view bytes;
};

// Publishes it, unless it is what the slot has already. A failure changes nothing. Any thread.
core::Failure publish_packed(core::Slot& slot, const PackedView& packed);

}  // namespace sidekick::php
