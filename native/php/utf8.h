// UTF-8 as JavaScript counts it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sidekick::php {

// Length in UTF-16 units when `text` is valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
std::optional<std::size_t> utf16_length(std::string_view text);

}  // namespace sidekick::php
