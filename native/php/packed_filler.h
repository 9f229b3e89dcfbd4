// The second pass over packed words, which have been checked by then: lays the snapshot out in its block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "php/packed_words.h"

namespace sidekick::php {

// `memory` is as large as the first pass measured. Throws Malformed when two keys of an array are the same in PHP.
void fill_packed(std::byte* memory, std::span<const std::int32_t> words, const Strings& strings, bool has_enums);

}  // namespace sidekick::php
