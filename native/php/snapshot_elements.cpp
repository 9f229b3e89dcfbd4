#include "php/snapshot_elements.h"

namespace sidekick::php {

namespace {

bool same_value(zval* one, zval* other) {
  if (Z_TYPE_P(one) != Z_TYPE_P(other)) return false;
  switch (Z_TYPE_P(one)) {
    case IS_STRING: return same_string(Z_STR_P(one), Z_STR_P(other));
    case IS_ARRAY: return same_stored(Z_ARR_P(one), Z_ARR_P(other));
    case IS_PTR: return same_enum_case(enum_names(one), enum_names(other));
    default: return same_plain(one, other);
  }
}

}  // namespace

bool same_stored(const zend_array* one, const zend_array* other) {
  if (one == other) return true;
  if (zend_hash_num_elements(one) != zend_hash_num_elements(other) ||
      one->nNextFreeElement != other->nNextFreeElement) {
    return false;
  }
  if (zend_hash_num_elements(one) == 0) return true;
  std::uint32_t there = 0;
  for (std::uint32_t here = 0; here < one->nNumUsed; here++) {
    const Element element = element_at(one, here);
    if (Z_TYPE_P(element.value) == IS_UNDEF) continue;
    while (Z_TYPE_P(element_at(other, there).value) == IS_UNDEF) there++;  // both have as many
    const Element counterpart = element_at(other, there++);
    if ((element.key == nullptr) != (counterpart.key == nullptr) || element.index != counterpart.index) return false;
    if (element.key != nullptr && !same_string(element.key, counterpart.key)) return false;
    if (!same_value(element.value, counterpart.value)) return false;
  }
  return true;
}

}  // namespace sidekick::php
