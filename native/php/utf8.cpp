#include "php/utf8.h"

#include <cstdint>
#include <cstring>

namespace sidekick::php {

std::optional<std::size_t> utf16_length(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t size = text.size();
  std::size_t units = 0;
  for (std::size_t at = 0; at < size;) {
    const unsigned char lead = bytes[at];
    if (lead < 0x80) {
      // Most text is ASCII: eight bytes at a time.
      std::uint64_t eight = 0;
      while (size - at >= sizeof(eight)) {
        std::memcpy(&eight, bytes + at, sizeof(eight));
        if ((eight & 0x8080808080808080ULL) != 0) break;
        at += sizeof(eight);
        units += sizeof(eight);
      }
      while (at < size && bytes[at] < 0x80) {
        at++;
        units++;
      }
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || size - at < length) return std::nullopt;
    const unsigned char second = bytes[at + 1];
    const unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < lowest || second > highest) return std::nullopt;
    for (std::size_t index = 2; index < length; index++) {
      if ((bytes[at + index] & 0xC0) != 0x80) return std::nullopt;
    }
    at += length;
    units += length == 4 ? 2 : 1;
  }
  return units;
}

}  // namespace sidekick::php
