// What one JavaScript reader of a slot has got so far, so that the next version crosses as what is new in it: strings
// and keys by number, and what is as before not at all. Both sides count alike; each message carries a sequence number
// that the reader gives back, and a reader that gives back another one starts from nothing.
//
// Memory is bounded: the strings and shapes by the limits below (past them they cross in full; a table that was filled
// by many versions is started anew), the last version by kLongestLast and kMostContainers. Belongs to one JavaScript
// thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/packed_value.h"

namespace sidekick::core {

class PackHistory {
 public:
  static constexpr std::size_t kLongestString = 100;  // bytes
  static constexpr std::size_t kMostStrings = 1U << 14U;
  static constexpr std::size_t kMostKeys = 128;  // of a shape
  static constexpr std::size_t kMostShapes = 1U << 10U;
  static constexpr std::size_t kLongestLast = 1U << 18U;  // words
  static constexpr std::size_t kMostContainers = 1U << 15U;
  static constexpr std::uint32_t kSizedAnew = 64;  // messages after which what was too large is tried again

  // A string that JavaScript has, or is about to get.
  struct Known {
    std::uint64_t hash;
    std::uint32_t offset;  // in the bytes of all
    std::uint32_t length;
    std::uint32_t units;  // UTF-16
  };
  struct Shape {
    std::uint64_t hash;
    std::uint32_t first_key;
    std::uint32_t count;
  };
  // A container (list, object, map), in the order in which they begin.
  struct Container {
    std::uint32_t begin;  // words of it
    std::uint32_t end;
    std::uint32_t next;     // number of the first container after it that is not in it
    std::uint32_t same_as;  // number of the container of the version before that has the same in it; kNone
    bool comparable;        // its words say all of it: no string in it that crossed in full
    bool holds_bytes;       // which are the reader's own each time
    std::uint64_t block;    // version of the block it is in; with the address, the same for what two versions share
    const void* address;

    static constexpr std::uint32_t kNone = UINT32_MAX;
  };

  // What follows is no later version of what was sent last: containers are not compared, for one may be where another
  // was.
  void forget_last() {
    last_words_.clear();
    last_containers_.clear();
  }

  // Begins a message to a reader that has got message `sequence` (0: none).
  void begin(std::uint32_t sequence);
  std::uint32_t sequence() const { return sequence_; }

  // Number of the string, -1 when there is none. `hash` of equal strings is equal.
  std::int32_t find_string(std::uint64_t hash, std::string_view bytes) const;
  bool has_room_for(std::string_view bytes, bool is_key) const {
    return (is_key || !too_small_) && bytes.size() <= kLongestString && strings_.size() < kMostStrings;
  }
  std::int32_t add_string(std::uint64_t hash, std::string_view bytes, std::size_t units);
  bool is_string(std::int32_t id, std::uint64_t hash, std::string_view bytes) const {
    const Known& known = strings_[static_cast<std::size_t>(id)];
    return known.hash == hash && known.length == bytes.size() &&
           same_bytes(bytes_.data() + known.offset, bytes.data(), bytes.size());
  }
  const std::vector<Known>& strings() const { return strings_; }

  // Number of the first shape with that hash and count after `after` (-1: from the first), -1 when there is none.
  std::int32_t find_shape(std::uint64_t hash, std::size_t count, std::int32_t after) const;
  std::int32_t add_shape(std::uint64_t hash, const std::vector<std::int32_t>& keys);
  bool has_room_for_shape() const { return shapes_.size() < kMostShapes; }
  const std::int32_t* keys_of(std::int32_t shape) const {
    return &keys_[shapes_[static_cast<std::size_t>(shape)].first_key];
  }
  const std::vector<Shape>& shapes() const { return shapes_; }

  // The version being packed.
  Words words;
  std::vector<Container> containers;
  const Words& last_words() const { return last_words_; }
  const std::vector<Container>& last_containers() const { return last_containers_; }
  // Writes the message to `into.ops`, and makes the version the last one.
  void finish(PackedValue& into);

 private:
  template <typename Word>
  static bool same_words(const char* one, const char* other, std::size_t count) {
    Word left = 0;
    Word right = 0;
    const std::size_t last = count - sizeof(Word);
    for (std::size_t at = 0;; at = std::min(at + sizeof(Word), last)) {  // the last two may overlap
      std::memcpy(&left, one + at, sizeof(Word));
      std::memcpy(&right, other + at, sizeof(Word));
      if (left != right) return false;
      if (at == last) return true;
    }
  }
  // For short strings: a call of memcmp costs more than the comparison.
  static bool same_bytes(const char* one, const char* other, std::size_t count) {
    if (count >= sizeof(std::uint64_t)) return same_words<std::uint64_t>(one, other, count);
    if (count >= sizeof(std::uint32_t)) return same_words<std::uint32_t>(one, other, count);
    return count == 0 || same_words<std::uint8_t>(one, other, count);
  }

  void forget();
  void send_new(PackedValue& into) const;
  void send_value(PackedValue& into) const;

  std::uint32_t sequence_ = 0;
  bool begins_anew_ = true;       // this message, with the reader's having nothing
  std::size_t sent_strings_ = 0;  // that the reader had when this message began
  std::size_t sent_shapes_ = 0;
  bool too_small_ = false;  // one version alone has more strings than fit: keys only are kept
  std::vector<Known> strings_;
  std::vector<std::int32_t> string_table_;  // open addressing: numbers of strings; -1: empty
  std::string bytes_;
  std::vector<Shape> shapes_;
  std::vector<std::int32_t> shape_table_;
  std::vector<std::int32_t> keys_;
  Words last_words_;
  std::vector<Container> last_containers_;
};

}  // namespace sidekick::core
