#include "php/snapshot_reader.h"

#include "php/snapshot.h"

namespace sidekick::php {

namespace {

zend_object* find_enum_case(const EnumCaseReference& reference) {
  // Names are copied: an autoloader may keep what it is given longer than the snapshot lives.
  zend_string* class_name = zend_string_init(ZSTR_VAL(reference.class_name), ZSTR_LEN(reference.class_name), false);
  zend_class_entry* type = zend_lookup_class(class_name);
  zend_string_release(class_name);
  if (EG(exception) != nullptr) return nullptr;
  if (type == nullptr) {
    zend_throw_exception_ex(spl_ce_LogicException, 0,
                            "the vars hold a case of enum %s, and no such class can be loaded here",
                            ZSTR_VAL(reference.class_name));
    return nullptr;
  }
  zend_class_constant* constant = nullptr;
  if ((type->ce_flags & ZEND_ACC_ENUM) != 0) {
    constant = static_cast<zend_class_constant*>(zend_hash_find_ptr(CE_CONSTANTS_TABLE(type), reference.case_name));
  }
  if (constant == nullptr || (ZEND_CLASS_CONST_FLAGS(constant) & ZEND_CLASS_CONST_IS_CASE) == 0) {
    zend_throw_exception_ex(spl_ce_LogicException, 0, "the vars hold the enum case %s::%s, which does not exist here",
                            ZSTR_VAL(reference.class_name), ZSTR_VAL(reference.case_name));
    return nullptr;
  }
  // PHP takes it for granted that a case can be made: its value may need a constant that this script does not have.
  if (Z_TYPE(constant->value) == IS_CONSTANT_AST &&
      zval_update_constant_ex(&constant->value, constant->ce) != SUCCESS) {
    return nullptr;
  }
  return zend_enum_get_case(type, reference.case_name);
}

zend_array* rebuild_array(const zend_array* stored, Rebuild what);

zend_string* own_copy(const zend_string* stored, zend_ulong hash) {
  zend_string* copy = zend_string_init(ZSTR_VAL(stored), ZSTR_LEN(stored), false);
  ZSTR_H(copy) = hash;
  return copy;
}

// `element` still holds what is stored; it does so, harmlessly, when this fails.
bool rebuild_element(zval* element, Rebuild what) {
  if (Z_TYPE_P(element) == IS_PTR) {
    zend_object* enum_case = find_enum_case(*static_cast<const EnumCaseReference*>(Z_PTR_P(element)));
    if (enum_case == nullptr) {
      if (EG(exception) == nullptr) zend_throw_exception(spl_ce_LogicException, "an enum case could not be made", 0);
      return false;
    }
    ZVAL_OBJ_COPY(element, enum_case);
    return true;
  }
  if (Z_TYPE_P(element) == IS_ARRAY && (what == Rebuild::everything || holds_enums(Z_ARR_P(element)))) {
    if (is_plain_empty(Z_ARR_P(element))) return true;  // the engine's own
    zend_array* rebuilt = rebuild_array(Z_ARR_P(element), what);
    if (rebuilt == nullptr) return false;
    ZVAL_ARR(element, rebuilt);
    return true;
  }
  if (Z_TYPE_P(element) == IS_STRING && what == Rebuild::everything) {
    ZVAL_STR(element, own_copy(Z_STR_P(element), settled_hash(Z_STR_P(element))));
  }
  return true;
}

// When it fails, some elements and keys are still the stored ones, which nobody frees: the copy can be destroyed.
zend_array* rebuild_array(const zend_array* stored, Rebuild what) {
  zend_array* copy = zend_array_dup(const_cast<zend_array*>(stored));
  bool good = true;
  if (HT_IS_PACKED(copy)) {
    for (std::uint32_t index = 0; good && index < copy->nNumUsed; index++) {
      good = rebuild_element(copy->arPacked + index, what);
    }
  } else {
    if (what == Rebuild::everything) HT_FLAGS(copy) &= ~HASH_FLAG_STATIC_KEYS;
    for (std::uint32_t index = 0; good && index < copy->nNumUsed; index++) {
      Bucket* bucket = copy->arData + index;
      if (Z_TYPE(bucket->val) == IS_UNDEF) continue;
      if (bucket->key != nullptr && what == Rebuild::everything) bucket->key = own_copy(bucket->key, bucket->h);
      good = rebuild_element(&bucket->val, what);
    }
  }
  if (good) return copy;
  zend_array_destroy(copy);
  return nullptr;
}

}  // namespace

zend_array* rebuild_snapshot(const core::Block& block, Rebuild what) {
  return rebuild_array(snapshot_header(block).root, what);
}

}  // namespace sidekick::php
