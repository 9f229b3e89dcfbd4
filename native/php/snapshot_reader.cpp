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
  return zend_enum_get_case(type, reference.case_name);
}

bool restore_elements(zend_array* array);

bool restore_element(zval* element) {
  if (Z_TYPE_P(element) == IS_PTR) {
    zend_object* enum_case = find_enum_case(*static_cast<const EnumCaseReference*>(Z_PTR_P(element)));
    if (enum_case == nullptr) {
      if (EG(exception) == nullptr) zend_throw_exception(spl_ce_LogicException, "an enum case could not be made", 0);
      return false;
    }
    ZVAL_OBJ_COPY(element, enum_case);
    return true;
  }
  if (Z_TYPE_P(element) == IS_ARRAY && holds_enums(Z_ARR_P(element))) {
    zend_array* copy = zend_array_dup(Z_ARR_P(element));
    ZVAL_ARR(element, copy);
    return restore_elements(copy);
  }
  return true;
}

// On failure some elements are still IS_PTR, which nobody frees: the array can be destroyed as it is.
bool restore_elements(zend_array* array) {
  zval* element;
  ZEND_HASH_FOREACH_VAL(array, element) {
    if (!restore_element(element)) return false;
  }
  ZEND_HASH_FOREACH_END();
  return true;
}

}  // namespace

zend_array* rebuild_with_enums(const core::Block& block) {
  zend_array* copy = zend_array_dup(snapshot_header(block).root);
  if (restore_elements(copy)) return copy;
  zend_array_destroy(copy);
  return nullptr;
}

}  // namespace sidekick::php
