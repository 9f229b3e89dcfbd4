#include "php/snapshot.h"

namespace sidekick::php {

namespace {

// The data of arrays that have lost all their elements but remember their next index; what HT_SET_DATA_ADDR wants of
// an uninitialised table. (The engine's own is private to zend_hash.c.)
const std::uint32_t uninitialized_table[2] = {HT_INVALID_IDX, HT_INVALID_IDX};

}  // namespace

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
