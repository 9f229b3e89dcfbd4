#include "php/snapshot.h"

#include <cstring>

namespace sidekick::php {

namespace {

// The data of arrays that have lost all their elements but remember their next index; what HT_SET_DATA_ADDR wants of
// an uninitialised table. (The engine's own is private to zend_hash.c.)
const std::uint32_t uninitialized_table[2] = {HT_INVALID_IDX, HT_INVALID_IDX};

}  // namespace

zend_string* lay_string(void* memory, const char* bytes, std::size_t length, zend_ulong hash, bool is_key,
                        bool valid_utf8) {
  auto* string = static_cast<zend_string*>(memory);
  GC_SET_REFCOUNT(string, 2);
  GC_TYPE_INFO(string) = GC_STRING | ((IS_STR_INTERNED | (valid_utf8 ? IS_STR_VALID_UTF8 : 0U)) << GC_FLAGS_SHIFT);
  ZSTR_LEN(string) = length;
  std::memcpy(ZSTR_VAL(string), bytes, length);
  ZSTR_VAL(string)[length] = '\0';
  // A guarded block cannot be written to later, so there is no later in it.
  if (hash == 0 && (is_key || length <= kLongString || core::Block::guarded()))
    hash = zend_hash_func(ZSTR_VAL(string), length);
  ZSTR_H(string) = hash;
  return string;
}

void make_immutable(zend_array* array, std::uint32_t packed_flag) {
  GC_SET_REFCOUNT(array, 2);
  GC_TYPE_INFO(array) = GC_ARRAY | ((IS_ARRAY_IMMUTABLE | GC_NOT_COLLECTABLE) << GC_FLAGS_SHIFT);
  HT_FLAGS(array) = packed_flag | HASH_FLAG_STATIC_KEYS;
  HT_ITERATORS_COUNT(array) = 0;
  array->u.v._unused = 0;
  array->u.v._unused2 = 0;
  array->pDestructor = nullptr;
}

void make_immutable_empty(zend_array* array) {
  make_immutable(array, 0);
  HT_FLAGS(array) = HASH_FLAG_UNINITIALIZED;
  array->nTableMask = HT_MIN_MASK;
  array->nNumUsed = 0;
  array->nNumOfElements = 0;
  array->nInternalPointer = 0;
  HT_SET_DATA_ADDR(array, const_cast<std::uint32_t*>(uninitialized_table));
}

}  // namespace sidekick::php
