// What both passes over packed words need (php/snapshot_unpacker.cpp): the words themselves, the sizes of tables, and
// what PHP makes of a key.
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/packed_value.h"
#include "php/snapshot.h"
#include "php/snapshot_unpacker.h"

namespace sidekick::php {

// More elements than any snapshot can have memory for; keeps sizes far from where they would wrap around.
inline constexpr std::uint32_t kMostElements = 1U << 27U;

inline std::uint32_t table_size(std::uint32_t elements) {
  return std::bit_ceil(std::max<std::uint32_t>(elements, HT_MIN_SIZE));
}

inline std::size_t packed_table_bytes(std::uint32_t elements) {
  return aligned(HT_PACKED_SIZE_EX(elements, HT_MIN_MASK));
}

inline std::size_t hash_table_bytes(std::uint32_t elements) {
  return aligned(HT_HASH_SIZE(HT_SIZE_TO_MASK(table_size(elements))) + std::size_t{elements} * sizeof(Bucket));
}

// What PHP makes of a key that is a string: the integer that it spells, if it spells one as PHP would.
inline std::optional<std::int64_t> integer_key(std::string_view key) {
  const std::string_view digits = key.starts_with('-') ? key.substr(1) : key;
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') return std::nullopt;
  if (digits.front() == '0' && key.size() > 1) return std::nullopt;  // 01, -0
  std::int64_t integer = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), integer);
  if (error != std::errc{} || end != key.data() + key.size()) return std::nullopt;
  return integer;
}

class Words {
 public:
  explicit Words(std::span<const std::int32_t> words) : next_(words.data()), end_(words.data() + words.size()) {}

  std::int32_t next() {
    if (next_ == end_) throw Malformed{"it ends in the middle of a value"};
    return *next_++;
  }

  // Of elements that have at least `least` words each.
  std::uint32_t count(std::uint32_t least) {
    const std::int32_t count = next();
    if (count < 0 || static_cast<std::uint32_t>(count) > kMostElements || count > (end_ - next_) / least) {
      throw Malformed{"it has fewer elements than it says"};
    }
    return static_cast<std::uint32_t>(count);
  }

  std::uint32_t length() {
    const std::int32_t length = next();
    if (length < 0) throw Malformed{"a negative length"};
    return static_cast<std::uint32_t>(length);
  }

  bool at_end() const { return next_ == end_; }

 private:
  const std::int32_t* next_;
  const std::int32_t* const end_;
};

// The strings of the words, in their order; the first pass finds them, the second takes them.
using Strings = std::vector<std::string_view>;

}  // namespace sidekick::php
