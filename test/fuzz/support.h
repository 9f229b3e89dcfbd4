// What both fuzzers need: PHP in this process on one thread, bytes to make choices by, and judges of snapshots that share
// no code with those who write them. A judge that is not content ends the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/block.h"
#include "php/zend.h"

namespace sidekick::fuzz {

// Starts PHP, and a request that never ends, the first time. It knows the enum FuzzCase with the cases A, B and C.
void start_php();

[[noreturn]] void fail(const char* what);
inline void require(bool holds, const char* what) {
  if (!holds) fail(what);
}

// The fuzzer's input, as choices; zeros when it is used up.
class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : next_(data), end_(data + size) {}

  bool over() const { return next_ == end_; }
  std::uint8_t byte() { return next_ == end_ ? 0 : *next_++; }
  std::uint32_t below(std::uint32_t bound) { return byte() % bound; }
  std::uint64_t word(std::size_t bytes = 8);
  std::string_view bytes(std::size_t count);  // fewer when it is used up

 private:
  const std::uint8_t* next_;
  const std::uint8_t* const end_;
};

// One of FuzzCase.
zend_object* enum_case(std::uint32_t number);

// Whether two arrays are the same to V05: types, all bits of floats and strings, order and kind of keys, next index.
// Either may be stored: an enum case is then a pair of names.
bool same_arrays(zend_array* one, zend_array* other);

// Levels of arrays; and whether there is something in it that cannot be published.
std::uint32_t height_of(zend_array* array);
bool has_unpublishable(zend_array* array);

// What snapshot.h promises of a block: nothing in it points out of it and the blocks it shares, flags and counts are
// those of immutable values, every key is found by its hash.
void check_block(const core::Block& block);

// Of all bytes of the block and those it shares.
std::uint64_t checksum(const core::Block& block);

}  // namespace sidekick::fuzz
