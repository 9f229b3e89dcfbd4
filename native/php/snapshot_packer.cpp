// Snapshot to JavaScript: a walk over the block's Zend values that writes core::PackedValue (contract J03). Uses no
// PHP thread context: the block is plain, immutable memory.
#include <cstring>
#include <optional>

#include "php/engine.h"
#include "php/snapshot.h"

namespace sidekick::php {

namespace {

using core::PackedValue;

// Length in UTF-16 units, when `bytes` are valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
std::optional<std::size_t> utf16_length(const unsigned char* bytes, std::size_t size) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < size;) {
    const unsigned char lead = bytes[at];
    if (lead < 0x80) {
      at++;
      units++;
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

std::optional<std::size_t> utf16_length(const zend_string* string) {
  return utf16_length(reinterpret_cast<const unsigned char*>(ZSTR_VAL(string)), ZSTR_LEN(string));
}

class Packer {
 public:
  explicit Packer(PackedValue& into) : into_(into) {}

  void value(const zval* value) {
    switch (Z_TYPE_P(value)) {
      case IS_FALSE: return op(PackedValue::kFalse);
      case IS_TRUE: return op(PackedValue::kTrue);
      case IS_LONG: return integer(Z_LVAL_P(value));
      case IS_DOUBLE: return number(Z_DVAL_P(value));
      case IS_STRING: return string(Z_STR_P(value));
      case IS_ARRAY: return array(Z_ARR_P(value));
      case IS_PTR: {
        const auto* reference = static_cast<const EnumCaseReference*>(Z_PTR_P(value));
        op(PackedValue::kEnum);
        text(reference->class_name);
        text(reference->case_name);
        return;
      }
      default: return op(PackedValue::kNull);
    }
  }

  void array(zend_array* array) {
    const auto count = static_cast<std::int32_t>(zend_hash_num_elements(array));
    const Shape shape = shape_of(array);
    op(shape == Shape::list ? PackedValue::kList : shape == Shape::object ? PackedValue::kObject : PackedValue::kMap);
    op(count);
    zend_ulong index;
    zend_string* key;
    zval* element;
    ZEND_HASH_FOREACH_KEY_VAL(array, index, key, element) {
      if (shape == Shape::object) {
        text(key);
      } else if (shape == Shape::map) {
        if (key != nullptr) {
          string(key);
        } else {
          integer(static_cast<zend_long>(index));
        }
      }
      value(element);
    }
    ZEND_HASH_FOREACH_END();
  }

 private:
  enum class Shape : std::uint8_t { list, object, map };

  static Shape shape_of(zend_array* array) {
    if (zend_array_is_list(array)) return Shape::list;
    zend_string* key;
    ZEND_HASH_FOREACH_STR_KEY(array, key) {
      zend_ulong ignored;
      if (key == nullptr || ZEND_HANDLE_NUMERIC_STR(ZSTR_VAL(key), ZSTR_LEN(key), ignored) || !utf16_length(key)) {
        return Shape::map;
      }
    }
    ZEND_HASH_FOREACH_END();
    return Shape::object;
  }

  void op(std::int32_t word) { into_.ops.push_back(word); }

  void number(double value) {
    op(PackedValue::kNumber);
    into_.numbers.push_back(value);
  }

  void integer(zend_long value) {
    constexpr zend_long kSafe = (zend_long{1} << 53) - 1;
    if (value >= INT32_MIN && value <= INT32_MAX) {
      op(PackedValue::kInt32);
      op(static_cast<std::int32_t>(value));
    } else if (value >= -kSafe && value <= kSafe) {
      number(static_cast<double>(value));
    } else {
      const auto bits = static_cast<std::uint64_t>(value);
      op(PackedValue::kBigInt);
      op(static_cast<std::int32_t>(bits & 0xFFFFFFFF));
      op(static_cast<std::int32_t>(bits >> 32));
    }
  }

  void string(const zend_string* source) {
    if (const auto units = utf16_length(source)) {
      op(PackedValue::kString);
      text(source, *units);
      return;
    }
    op(PackedValue::kBytes);
    op(static_cast<std::int32_t>(into_.bytes.size()));
    op(static_cast<std::int32_t>(ZSTR_LEN(source)));
    into_.bytes.append(ZSTR_VAL(source), ZSTR_LEN(source));
  }

  void text(const zend_string* source) { text(source, utf16_length(source).value_or(0)); }

  void text(const zend_string* source, std::size_t units) {
    op(static_cast<std::int32_t>(units_));
    op(static_cast<std::int32_t>(units));
    units_ += units;
    into_.text_ascii = into_.text_ascii && units == ZSTR_LEN(source);
    into_.text.append(ZSTR_VAL(source), ZSTR_LEN(source));
  }

  PackedValue& into_;
  std::size_t units_ = 0;  // UTF-16 length of into_.text
};

}  // namespace

bool pack_snapshot(const core::Slot& slot, core::PinSet& pins, core::PackedValue& into) {
  const core::Block* block = pins.pin(slot);
  if (block == nullptr) return false;
  into.version = block->version;
  Packer(into).array(snapshot_header(*block).root);
  pins.release_all();
  return true;
}

}  // namespace sidekick::php
