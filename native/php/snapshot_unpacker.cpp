// Two passes over the words, as the writer of PHP's own snapshots makes them over an array: the first, here, checks
// every word and measures; the second (php/packed_filler.cpp) lays out (php/snapshot.h).
#include "php/snapshot_unpacker.h"

#include <string_view>

#include "php/packed_filler.h"
#include "php/packed_words.h"
#include "php/snapshot.h"
#include "php/utf8.h"

namespace sidekick::php {

namespace {

using core::PackedValue;

class Measurer {
 public:
  Measurer(const PackedView& packed, std::size_t limit, Strings& strings)
      : words_(packed.ops),
        text_(packed.text),
        bytes_(packed.bytes),
        limit_(limit),
        strings_(strings),
        ascii_(utf16_length(packed.text) == packed.text.size()) {}

  void root() {
    add(aligned(sizeof(SnapshotHeader)));
    const std::int32_t op = words_.next();
    if (op != PackedValue::kList && op != PackedValue::kObject && op != PackedValue::kMap) {
      throw Malformed{"it is not an array"};
    }
    array(op, 1);
    if (!words_.at_end()) throw Malformed{"it goes on after its end"};
  }

  std::size_t total() const { return total_; }
  bool has_enums() const { return has_enums_; }

 private:
  void array(std::int32_t op, std::uint32_t depth) {
    if (depth > kDeepest) throw Malformed{"arrays nested deeper than 256 levels"};
    const std::uint32_t count = words_.count(op == PackedValue::kList ? 1 : op == PackedValue::kObject ? 4 : 3);
    if (count == 0) return;  // the engine's own
    add(kArrayBytes + (op == PackedValue::kList ? packed_table_bytes(count) : hash_table_bytes(count)));
    if (op == PackedValue::kObject) {
      for (std::uint32_t index = 0; index < count; index++) key(false);
    }
    for (std::uint32_t index = 0; index < count; index++) {
      if (op == PackedValue::kMap) key(true);
      value(depth);
    }
  }

  void key(bool any) {
    const std::int32_t op = words_.next();
    switch (op) {
      case PackedValue::kString: text(); return key_string();
      case PackedValue::kInt32:
        if (any) return skip(1);
        break;
      case PackedValue::kBigInt:
        if (any) return skip(2);
        break;
      case PackedValue::kBytes:
        if (any) {
          bytes();
          return key_string();
        }
        break;
      default: break;
    }
    throw Malformed{"a key that is none"};
  }

  // The last string is a key; one that is an integer has no memory of its own.
  void key_string() {
    if (integer_key(strings_.back())) total_ -= string_bytes(strings_.back().size());
  }

  void value(std::uint32_t depth) {
    const std::int32_t op = words_.next();
    switch (op) {
      case PackedValue::kNull:
      case PackedValue::kFalse:
      case PackedValue::kTrue: return;
      case PackedValue::kInt32: return skip(1);
      case PackedValue::kNumber:
      case PackedValue::kBigInt: return skip(2);
      case PackedValue::kString: return text();
      case PackedValue::kBytes: return bytes();
      case PackedValue::kList:
      case PackedValue::kObject:
      case PackedValue::kMap: return array(op, depth + 1);
      case PackedValue::kEnum:
        has_enums_ = true;
        add(sizeof(EnumCaseReference));
        for (int name = 0; name < 2; name++) {
          if (words_.next() != PackedValue::kString) throw Malformed{"an enum case without names"};
          text();
        }
        return;
      default: throw Malformed{"an unknown word"};
    }
  }

  void skip(int words) {
    for (; words > 0; words--) words_.next();
  }

  // Strings stand in `text` in the order of the words: their UTF-8 is found without going back.
  void text() {
    if (words_.length() != units_) throw Malformed{"a string that does not follow the one before"};
    const std::uint32_t length = words_.length();
    const std::size_t begin = at_;
    if (ascii_) {
      if (length > text_.size() - at_) throw Malformed{"a string beyond the text"};
      at_ += length;
    } else {
      for (std::uint32_t unit = 0; unit < length; unit++) {
        if (at_ == text_.size()) throw Malformed{"a string beyond the text"};
        const auto lead = static_cast<unsigned char>(text_[at_]);
        if (lead >= 0xF0 && ++unit == length) throw Malformed{"a string that ends within a character"};
        at_ += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (at_ > text_.size()) throw Malformed{"a text that is not UTF-8"};
      }
    }
    units_ += length;
    string(text_.substr(begin, at_ - begin));
  }

  void bytes() {
    const std::uint32_t offset = words_.length();
    const std::uint32_t length = words_.length();
    if (offset > bytes_.size() || length > bytes_.size() - offset) throw Malformed{"a string beyond the bytes"};
    string(bytes_.substr(offset, length));
  }

  void string(std::string_view string) {
    add(string_bytes(string.size()));
    strings_.push_back(string);
  }

  void add(std::size_t bytes) {
    total_ += bytes;
    if (total_ > limit_) throw SnapshotTooLarge{};
  }

  Words words_;
  const std::string_view text_;
  const std::string_view bytes_;
  const std::size_t limit_;
  Strings& strings_;
  const bool ascii_;
  std::size_t at_ = 0;       // in text_
  std::uint32_t units_ = 0;  // the same in UTF-16
  std::size_t total_ = 0;
  bool has_enums_ = false;
};

}  // namespace

core::BlockRef unpack_snapshot(const PackedView& packed, std::size_t limit) {
  Strings strings;
  Measurer measurer(packed, limit, strings);
  measurer.root();
  core::BlockRef block = core::Block::create(measurer.total());
  fill_packed(block->payload(), packed.ops, strings, measurer.has_enums());
  tag_root(*block);
  return block;
}

}  // namespace sidekick::php
