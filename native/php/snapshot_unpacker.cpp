// Two passes over the words, as the writer of PHP's own snapshots makes them over an array: the first checks every word
// and measures, the second lays out (php/snapshot.h).
#include "php/snapshot_unpacker.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "php/snapshot.h"
#include "php/utf8.h"

namespace sidekick::php {

namespace {

using core::PackedValue;

// More elements than any snapshot can have memory for; keeps sizes far from where they would wrap around.
constexpr std::uint32_t kMostElements = 1U << 27U;

std::uint32_t table_size(std::uint32_t elements) {
  return std::bit_ceil(std::max<std::uint32_t>(elements, HT_MIN_SIZE));
}

std::size_t packed_table_bytes(std::uint32_t elements) { return aligned(HT_PACKED_SIZE_EX(elements, HT_MIN_MASK)); }

std::size_t hash_table_bytes(std::uint32_t elements) {
  return aligned(HT_HASH_SIZE(HT_SIZE_TO_MASK(table_size(elements))) + std::size_t{elements} * sizeof(Bucket));
}

std::int64_t integer_of(std::int32_t low, std::int32_t high) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32U |
                                   static_cast<std::uint32_t>(low));
}

// What PHP makes of a key that is a string: the integer that it spells, if it spells one as PHP would.
std::optional<std::int64_t> integer_key(std::string_view key) {
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

// The words have been checked.
class Filler {
 public:
  Filler(std::byte* memory, std::span<const std::int32_t> words, const Strings& strings)
      : next_(memory), words_(words), string_(strings.begin()) {}

  void root(bool has_enums) {
    auto* header = take<SnapshotHeader>(aligned(sizeof(SnapshotHeader)));
    bool enums = false;
    std::uint32_t height = 0;
    header->root = array(words_.next(), enums, height);
    header->has_enums = has_enums;
  }

 private:
  template <typename T>
  T* take(std::size_t bytes) {
    auto* taken = reinterpret_cast<T*>(next_);
    next_ += bytes;
    return taken;
  }

  zend_string* string(bool is_key) {
    const std::string_view source = *string_++;
    auto* made = take<zend_string>(string_bytes(source.size()));
    std::copy(source.begin(), source.end(), ZSTR_VAL(made));
    finish_string(made, source.size(), 0, is_key, false);
    return made;
  }

  zend_string* text(bool is_key) {
    skip(2);  // where it was
    return string(is_key);
  }

  void skip(int words) {
    for (; words > 0; words--) words_.next();
  }

  // `enums`, `height`: what the array that this one is in learns of it.
  zend_array* array(std::int32_t op, bool& outer_enums, std::uint32_t& outer_height) {
    const std::uint32_t count = words_.count(1);
    if (count == 0) {
      outer_height = std::max(outer_height, 1U);
      return const_cast<zend_array*>(&zend_empty_array);
    }
    const std::byte* const start = next_;
    auto* note = take<ArrayNote>(sizeof(ArrayNote));
    auto* made = take<zend_array>(aligned(sizeof(zend_array)));
    std::memset(static_cast<void*>(made), 0, sizeof(zend_array));
    make_immutable(made, op == PackedValue::kList ? HASH_FLAG_PACKED : 0);
    made->nTableSize = table_size(count);
    made->nNumUsed = count;
    made->nNumOfElements = count;
    bool enums = false;
    std::uint32_t height = 0;
    if (op == PackedValue::kList) {
      list(made, count, enums, height);
    } else {
      hash(made, op, count, enums, height);
    }
    if (enums) mark_holds_enums(made);
    note->bytes = static_cast<std::uint64_t>(next_ - start);
    note->height = height + 1;
    note->mixed = 0;
    outer_enums |= enums;
    outer_height = std::max(outer_height, height + 1);
    return made;
  }

  void list(zend_array* made, std::uint32_t count, bool& enums, std::uint32_t& height) {
    made->nTableMask = HT_MIN_MASK;
    made->nNextFreeElement = count;
    HT_SET_DATA_ADDR(made, take<std::byte>(packed_table_bytes(count)));
    HT_HASH_RESET_PACKED(made);
    for (std::uint32_t index = 0; index < count; index++) {
      zval* element = made->arPacked + index;
      Z_EXTRA_P(element) = 0;
      value(element, enums, height);
    }
  }

  void hash(zend_array* made, std::int32_t op, std::uint32_t count, bool& enums, std::uint32_t& height) {
    made->nTableMask = HT_SIZE_TO_MASK(made->nTableSize);
    made->nNextFreeElement = zend_empty_array.nNextFreeElement;
    HT_SET_DATA_ADDR(made, take<std::byte>(hash_table_bytes(count)));
    HT_HASH_RESET(made);
    if (op == PackedValue::kObject) {
      for (std::uint32_t index = 0; index < count; index++) key(made, index);
    }
    for (std::uint32_t index = 0; index < count; index++) {
      if (op == PackedValue::kMap) key(made, index);
      value(&made->arData[index].val, enums, height);
    }
  }

  // Makes the bucket's key and puts it into the table, with the rules of PHP: a string that is an integer is one.
  void key(zend_array* array, std::uint32_t index) {
    Bucket* bucket = array->arData + index;
    bucket->key = nullptr;
    switch (words_.next()) {
      case PackedValue::kInt32: bucket->h = static_cast<zend_ulong>(std::int64_t{words_.next()}); break;
      case PackedValue::kBigInt: bucket->h = static_cast<zend_ulong>(wide()); break;
      default: {  // a string, of text or of bytes
        const std::optional<std::int64_t> integer = integer_key(*string_);
        if (integer) {
          skip(2);
          string_++;
          bucket->h = static_cast<zend_ulong>(*integer);
        } else {
          bucket->key = text(true);
          bucket->h = ZSTR_H(bucket->key);
        }
      }
    }
    const std::uint32_t place = static_cast<std::uint32_t>(bucket->h) | array->nTableMask;
    for (std::uint32_t other = HT_HASH(array, place); other != HT_INVALID_IDX;) {
      const Bucket* before = HT_HASH_TO_BUCKET(array, other);
      if (before->h == bucket->h && (before->key == nullptr) == (bucket->key == nullptr) &&
          (bucket->key == nullptr || zend_string_equal_content(before->key, bucket->key))) {
        throw Malformed{"two keys that are the same in PHP"};
      }
      other = Z_NEXT(before->val);
    }
    Z_NEXT(bucket->val) = HT_HASH(array, place);
    HT_HASH(array, place) = HT_IDX_TO_HASH(index);
    if (bucket->key == nullptr && static_cast<zend_long>(bucket->h) >= array->nNextFreeElement) {
      const auto largest = static_cast<zend_long>(bucket->h);
      array->nNextFreeElement = largest < ZEND_LONG_MAX ? largest + 1 : ZEND_LONG_MAX;
    }
  }

  std::int64_t wide() {
    const std::int32_t low = words_.next();
    return integer_of(low, words_.next());
  }

  // Leaves the element's chain alone.
  void value(zval* element, bool& enums, std::uint32_t& height) {
    const std::int32_t op = words_.next();
    switch (op) {
      case PackedValue::kFalse: Z_TYPE_INFO_P(element) = IS_FALSE; return;
      case PackedValue::kTrue: Z_TYPE_INFO_P(element) = IS_TRUE; return;
      case PackedValue::kInt32: ZVAL_LONG(element, words_.next()); return;
      case PackedValue::kBigInt: ZVAL_LONG(element, wide()); return;
      case PackedValue::kNumber: ZVAL_DOUBLE(element, std::bit_cast<double>(wide())); return;
      case PackedValue::kString:
      case PackedValue::kBytes:
        Z_STR_P(element) = text(false);
        Z_TYPE_INFO_P(element) = IS_INTERNED_STRING_EX;
        return;
      case PackedValue::kList:
      case PackedValue::kObject:
      case PackedValue::kMap:
        Z_ARR_P(element) = array(op, enums, height);
        Z_TYPE_INFO_P(element) = IS_ARRAY;
        return;
      case PackedValue::kEnum: {
        auto* reference = take<EnumCaseReference>(sizeof(EnumCaseReference));
        for (zend_string** name : {&reference->class_name, &reference->case_name}) {
          words_.next();
          *name = text(true);
        }
        Z_PTR_P(element) = reference;
        Z_TYPE_INFO_P(element) = IS_PTR;
        enums = true;
        return;
      }
      default: Z_TYPE_INFO_P(element) = IS_NULL; return;
    }
  }

  std::byte* next_;
  Words words_;
  Strings::const_iterator string_;
};

}  // namespace

core::BlockRef unpack_snapshot(const PackedView& packed, std::size_t limit) {
  Strings strings;
  Measurer measurer(packed, limit, strings);
  measurer.root();
  core::BlockRef block = core::Block::create(measurer.total());
  Filler(block->payload(), packed.ops, strings).root(measurer.has_enums());
  tag_root(*block);
  return block;
}

}  // namespace sidekick::php
