// Looking at the elements of arrays that are to be published or that were: what the planner and the filler share.
#pragma once

#include <cstring>

#include "php/snapshot.h"
#include "php/zend.h"

namespace sidekick::php {

// What an element really is: behind an INDIRECT (symbol tables) and a reference of one holder, which PHP itself treats
// as the value. May be IS_UNDEF: no element.
inline zval* resolve(zval* value) {
  if (UNEXPECTED(Z_TYPE_P(value) == IS_INDIRECT)) value = Z_INDIRECT_P(value);
  if (UNEXPECTED(Z_ISREF_P(value)) && Z_REFCOUNT_P(value) == 1) value = Z_REFVAL_P(value);
  return value;
}

inline bool is_enum_case(const zval* value) {
  return Z_TYPE_P(value) == IS_OBJECT && (Z_OBJCE_P(value)->ce_flags & ZEND_ACC_ENUM) != 0;
}

// The names of an enum case, of an object or of one that is stored already.
inline EnumCaseReference enum_names(zval* value) {
  if (Z_TYPE_P(value) == IS_PTR) return *static_cast<const EnumCaseReference*>(Z_PTR_P(value));
  return {Z_OBJCE_P(value)->name, Z_STR_P(zend_enum_fetch_case_name(Z_OBJ_P(value)))};
}

struct Element {
  zend_string* key;  // null: `index` is the key
  zend_ulong index;
  zval* value;
};

// At a position below nNumUsed; the value may be IS_UNDEF.
inline Element element_at(const zend_array* array, std::uint32_t position) {
  if (HT_IS_PACKED(array)) return {nullptr, position, array->arPacked + position};
  Bucket& bucket = array->arData[position];
  return {bucket.key, bucket.h, &bucket.val};
}

template <typename Word>
inline bool same_ends(const char* one, const char* other, std::size_t length) {
  const auto word = [](const char* at) {
    Word loaded;
    std::memcpy(&loaded, at, sizeof(Word));
    return loaded;
  };
  const std::size_t last = length - sizeof(Word);
  return ((word(one) ^ word(other)) | (word(one + last) ^ word(other + last))) == 0;
}

// Most strings are short, and a call of memcmp is then most of the work.
inline bool same_string(const zend_string* one, const zend_string* other) {
  if (one == other) return true;
  const std::size_t length = ZSTR_LEN(one);
  if (length != ZSTR_LEN(other)) return false;
  const char* left = ZSTR_VAL(one);
  const char* right = ZSTR_VAL(other);
  if (length > 16) {
    // Texts that differ often begin alike.
    return same_ends<std::uint64_t>(left, right, length) && std::memcmp(left, right, length) == 0;
  }
  if (length >= 8) return same_ends<std::uint64_t>(left, right, length);
  if (length >= 4) return same_ends<std::uint32_t>(left, right, length);
  for (std::size_t at = 0; at < length; at++) {
    if (left[at] != right[at]) return false;
  }
  return true;
}

// Null, bool, int and float hold no pointer.
inline bool is_plain(const zval* value) { return Z_TYPE_P(value) <= IS_DOUBLE && Z_TYPE_P(value) != IS_UNDEF; }

// Bit for bit: NaN, -0.0.
inline bool same_plain(const zval* one, const zval* other) {
  return Z_TYPE_P(one) == Z_TYPE_P(other) && (Z_TYPE_P(one) < IS_LONG || Z_LVAL_P(one) == Z_LVAL_P(other));
}

inline bool same_enum_case(const EnumCaseReference& one, const EnumCaseReference& other) {
  return same_string(one.class_name, other.class_name) && same_string(one.case_name, other.case_name);
}

// Of two arrays in blocks: bit for bit the same, wherever they are.
bool same_stored(const zend_array* one, const zend_array* other);

}  // namespace sidekick::php
