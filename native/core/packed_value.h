// A tree of values on its way between native code and JavaScript, in the shape that crosses cheapest: flat buffers
// instead of one Node-API call per value. lib/vars/packed.ts (to JavaScript) and lib/vars/pack.ts (from it) are the
// other ends.
//
// `ops` is a sequence of 32-bit words, depth first; `text` is strings one after the other (UTF-8 here, one JavaScript
// string there), so a string is an offset and a length in UTF-16 units.
//
//   kNull | kFalse | kTrue
//   kInt32 value      kNumber low high (a double's bits)      kBigInt low high
//   kString offset length        kBytes offset length (in `bytes`, a string that is not valid UTF-8)
//   kList count {value}
//   kObject count {key} {value}  kMap count {key value}
//   kEnum class case             (both strings)
//
// From JavaScript the strings of the words follow each other in `text`. A string that is a key of kMap or kObject
// stands for the integer that PHP would make of it.
//
// Only to JavaScript, which keeps what it was sent before (core/pack_history.h):
//   kInts count {32-bit integer} a list
//   kKnown id                    the string of that number
//   kShape id {value}            kObject with the keys of that number
//   kSame number count           what the value before had as container `number` (a list, object or map; counted in
//                                the order in which they begin), with the count - 1 containers in it
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sidekick::core {

// A sequence of words that grows as a vector does. Most values are one or two words, and a vector's insert costs more
// than writing them (measured: half of the time of packing).
class Words {
 public:
  const std::int32_t* begin() const { return room_.data(); }
  const std::int32_t* end() const { return room_.data() + size_; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return room_.size(); }

  void clear() { size_ = 0; }
  void reserve(std::size_t more) {
    if (room_.size() - size_ < more) room_.resize(std::max(room_.size() * 2, size_ + more));
  }
  template <typename... Each>
  void push(Each... each) {
    reserve(sizeof...(each));
    std::int32_t* next = room_.data() + size_;
    ((*next++ = static_cast<std::int32_t>(each)), ...);
    size_ += sizeof...(each);
  }
  void append(const std::int32_t* words, std::size_t count) {
    reserve(count);
    std::copy(words, words + count, room_.data() + size_);
    size_ += count;
  }
  void truncate(std::size_t size) { size_ = size; }

 private:
  std::vector<std::int32_t> room_;
  std::size_t size_ = 0;
};

struct PackedValue {
  enum Op : std::int32_t {
    kNull = 0,
    kFalse = 1,
    kTrue = 2,
    kInt32 = 3,
    kNumber = 4,
    kBigInt = 5,
    kString = 6,
    kBytes = 7,
    kList = 8,
    kObject = 9,
    kMap = 10,
    kEnum = 11,
    kInts = 12,
    kKnown = 13,
    kShape = 14,
    kSame = 15,
  };

  // UTF-8, and its length on the other side.
  struct Text {
    std::string bytes;
    std::size_t units = 0;  // UTF-16

    bool is_ascii() const { return units == bytes.size(); }
    void clear() {
      bytes.clear();
      units = 0;
    }
  };

  // To JavaScript `ops` begins with: sequence, version (low, high), 1 when what was sent before is void, how many
  // strings are new and the length of each (they are `new_text`), how many shapes are new, and for each its number of
  // keys and the keys' ids.
  Words ops;
  Text text;
  Text new_text;
  std::string bytes;
  std::uint64_t version = 0;  // of the snapshot

  void clear() {
    ops.clear();
    text.clear();
    new_text.clear();
    bytes.clear();
  }
};

}  // namespace sidekick::core
