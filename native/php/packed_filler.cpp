#include "php/packed_filler.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "php/snapshot.h"

namespace sidekick::php {

namespace {

using core::PackedValue;

std::int64_t integer_of(std::int32_t low, std::int32_t high) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32U |
                                   static_cast<std::uint32_t>(low));
}

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

void fill_packed(std::byte* memory, std::span<const std::int32_t> words, const Strings& strings, bool has_enums) {
  Filler(memory, words, strings).root(has_enums);
}

}  // namespace sidekick::php
