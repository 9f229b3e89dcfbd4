#include "support.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "php/sapi.h"
#include "php/snapshot.h"

namespace sidekick::fuzz {

namespace {

constexpr char kIni[] = "opcache.enable=0\nmemory_limit=-1\nzend.max_allowed_stack_size=-1\n";
constexpr char kEnum[] = "enum FuzzCase { case A; case B; case C; }";

zval* behind(zval* value) { return Z_ISREF_P(value) ? Z_REFVAL_P(value) : value; }

bool same_bytes(const zend_string* one, const zend_string* other) {
  return ZSTR_LEN(one) == ZSTR_LEN(other) && std::memcmp(ZSTR_VAL(one), ZSTR_VAL(other), ZSTR_LEN(one)) == 0;
}

php::EnumCaseReference names_of(zval* value) {
  if (Z_TYPE_P(value) == IS_PTR) return *static_cast<const php::EnumCaseReference*>(Z_PTR_P(value));
  return {Z_OBJCE_P(value)->name, Z_STR_P(zend_enum_fetch_case_name(Z_OBJ_P(value)))};
}

bool is_case(const zval* value) {
  return Z_TYPE_P(value) == IS_PTR ||
         (Z_TYPE_P(value) == IS_OBJECT && (Z_OBJCE_P(value)->ce_flags & ZEND_ACC_ENUM) != 0);
}

bool same_values(zval* one, zval* other) {
  one = behind(one);
  other = behind(other);
  if (is_case(one) || is_case(other)) {
    if (!is_case(one) || !is_case(other)) return false;
    const auto first = names_of(one);
    const auto second = names_of(other);
    return same_bytes(first.class_name, second.class_name) && same_bytes(first.case_name, second.case_name);
  }
  if (Z_TYPE_P(one) != Z_TYPE_P(other)) return false;
  switch (Z_TYPE_P(one)) {
    case IS_LONG: return Z_LVAL_P(one) == Z_LVAL_P(other);
    case IS_DOUBLE: return std::memcmp(&Z_DVAL_P(one), &Z_DVAL_P(other), sizeof(double)) == 0;
    case IS_STRING: return same_bytes(Z_STR_P(one), Z_STR_P(other));
    case IS_ARRAY: return same_arrays(Z_ARR_P(one), Z_ARR_P(other));
    default: return true;
  }
}

// Walks the elements of an array in order, whatever its layout.
class Walk {
 public:
  explicit Walk(zend_array* array) : array_(array) { settle(); }

  bool over() const { return at_ == array_->nNumUsed; }
  zval* value() const { return HT_IS_PACKED(array_) ? &array_->arPacked[at_] : &array_->arData[at_].val; }
  zend_string* key() const { return HT_IS_PACKED(array_) ? nullptr : array_->arData[at_].key; }
  zend_ulong index() const { return HT_IS_PACKED(array_) ? at_ : array_->arData[at_].h; }
  void next() {
    at_++;
    settle();
  }

 private:
  void settle() {
    while (at_ < array_->nNumUsed && Z_TYPE_P(value()) == IS_UNDEF) at_++;
  }

  zend_array* const array_;
  std::uint32_t at_ = 0;
};

class BlockCheck {
 public:
  explicit BlockCheck(const core::Block& block) : block_(block) {}

  void array(zend_array* array) {
    if (array == &zend_empty_array) return;
    inside(array, sizeof(zend_array));
    require((GC_FLAGS(array) & GC_IMMUTABLE) != 0 && GC_REFCOUNT(array) == 2, "an array is not immutable");
    require(array->nNumOfElements <= array->nNumUsed && array->nNumUsed <= array->nTableSize, "counts of an array");
    if (array->nNumOfElements > 0) {
      const std::size_t each = HT_IS_PACKED(array) ? sizeof(zval) : sizeof(Bucket);
      inside(HT_GET_DATA_ADDR(array), HT_HASH_SIZE(array->nTableMask) + array->nNumUsed * each);
    }
    std::uint32_t count = 0;
    for (Walk walk(array); !walk.over(); walk.next(), count++) {
      if (zend_string* key = walk.key()) {
        string(key);
        require(ZSTR_H(key) == zend_hash_func(ZSTR_VAL(key), ZSTR_LEN(key)), "the hash of a key");
        require(zend_hash_find(array, key) == walk.value(), "a key that is not found");
      } else {
        require(zend_hash_index_find(array, walk.index()) == walk.value(), "an index that is not found");
      }
      value(walk.value());
    }
    require(count == array->nNumOfElements, "the number of elements");
  }

 private:
  void value(zval* value) {
    require(Z_TYPE_FLAGS_P(value) == 0, "an element that is counted");
    switch (Z_TYPE_P(value)) {
      case IS_NULL:
      case IS_FALSE:
      case IS_TRUE:
      case IS_LONG:
      case IS_DOUBLE: return;
      case IS_STRING: return string(Z_STR_P(value));
      case IS_ARRAY: return array(Z_ARR_P(value));
      case IS_PTR: {
        inside(Z_PTR_P(value), sizeof(php::EnumCaseReference));
        const auto names = names_of(value);
        string(names.class_name);
        string(names.case_name);
        return;
      }
      default: fail("an element of a type that cannot be shared");
    }
  }

  void string(zend_string* string) {
    inside(string, _ZSTR_STRUCT_SIZE(ZSTR_LEN(string)));
    require(ZSTR_IS_INTERNED(string), "a string that is counted");
    require((GC_FLAGS(string) & IS_STR_PERMANENT) == 0, "a string that is permanent");
    require(ZSTR_VAL(string)[ZSTR_LEN(string)] == '\0', "the end of a string");
    const zend_ulong hash = ZSTR_H(string);
    require(hash == 0 || hash == zend_hash_func(ZSTR_VAL(string), ZSTR_LEN(string)), "the hash of a string");
  }

  void inside(const void* address, std::size_t bytes) {
    const auto* last = static_cast<const char*>(address) + bytes - 1;
    if (block_.holds(address) && block_.holds(last)) return;
    for (const core::BlockRef& shared : block_.shared()) {
      if (shared->holds(address) && shared->holds(last)) return;
    }
    fail("a pointer out of the block");
  }

  const core::Block& block_;
};

}  // namespace

void start_php() {
  static bool started = false;
  if (started) return;
  started = true;
  require(php_tsrm_startup(), "tsrm");
  ZEND_TSRMLS_CACHE_UPDATE();
  sapi_startup(&php::sapi());
  sapi_module.ini_entries = const_cast<char*>(kIni);  // PHP 8.2 has it so
  require(sapi_module.startup(&sapi_module) == SUCCESS, "module startup");
  require(php_request_startup() == SUCCESS, "request startup");
  require(zend_eval_stringl(kEnum, sizeof(kEnum) - 1, nullptr, "fuzz") == SUCCESS, "the enum");
}

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "fuzz: wrong: %s\n", what);
  std::abort();
}

std::uint64_t Choices::word(std::size_t bytes) {
  std::uint64_t word = 0;
  for (std::size_t each = 0; each < bytes; each++) word = word << 8U | byte();
  return word;
}

std::string_view Choices::bytes(std::size_t count) {
  count = std::min(count, static_cast<std::size_t>(end_ - next_));
  const auto* begin = reinterpret_cast<const char*>(next_);
  next_ += count;
  return {begin, count};
}

zend_object* enum_case(std::uint32_t number) {
  static constexpr const char* kNames[] = {"A", "B", "C"};
  zend_string* class_name = zend_string_init(ZEND_STRL("FuzzCase"), false);
  zend_class_entry* type = zend_lookup_class(class_name);
  zend_string_release(class_name);
  require(type != nullptr, "the enum's class");
  return zend_enum_get_case_cstr(type, kNames[number % 3]);
}

bool same_arrays(zend_array* one, zend_array* other) {
  if (one == other) return true;
  if (one->nNumOfElements != other->nNumOfElements || one->nNextFreeElement != other->nNextFreeElement) return false;
  Walk first(one);
  Walk second(other);
  for (; !first.over() && !second.over(); first.next(), second.next()) {
    if ((first.key() == nullptr) != (second.key() == nullptr)) return false;
    if (first.key() != nullptr ? !same_bytes(first.key(), second.key()) : first.index() != second.index()) return false;
    if (!same_values(first.value(), second.value())) return false;
  }
  return first.over() && second.over();
}

std::uint32_t height_of(zend_array* array) {
  std::uint32_t height = 0;
  for (Walk walk(array); !walk.over(); walk.next()) {
    zval* value = behind(walk.value());
    if (Z_TYPE_P(value) == IS_ARRAY) height = std::max(height, height_of(Z_ARR_P(value)));
  }
  return height + 1;
}

bool has_unpublishable(zend_array* array) {
  for (Walk walk(array); !walk.over(); walk.next()) {
    if (Z_ISREF_P(walk.value()) && Z_REFCOUNT_P(walk.value()) > 1) return true;
    zval* value = behind(walk.value());
    if (Z_TYPE_P(value) == IS_OBJECT && !is_case(value)) return true;
    if (Z_TYPE_P(value) == IS_ARRAY && has_unpublishable(Z_ARR_P(value))) return true;
  }
  return false;
}

void check_block(const core::Block& block) { BlockCheck(block).array(php::snapshot_header(block).root); }

std::uint64_t checksum(const core::Block& block) {
  std::uint64_t sum = 14695981039346656037U;
  const auto add = [&sum](const core::Block& each) {
    for (std::size_t at = 0; at < each.bytes(); at++) {
      sum = (sum ^ static_cast<std::uint64_t>(each.payload()[at])) * 1099511628211U;
    }
  };
  add(block);
  for (const core::BlockRef& shared : block.shared()) add(*shared);
  return sum;
}

}  // namespace sidekick::fuzz
