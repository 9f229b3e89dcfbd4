#include "php/snapshot_writer.h"

#include <cstring>
#include <vector>

#include "php/snapshot.h"

namespace sidekick::php {

namespace {

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

std::size_t string_bytes(const zend_string* string) { return aligned(_ZSTR_STRUCT_SIZE(ZSTR_LEN(string))); }

// What an element really is: behind an INDIRECT (symbol tables) and a reference of one holder, which PHP itself treats
// as the value.
zval* resolve(zval* value) {
  if (Z_TYPE_P(value) == IS_INDIRECT) value = Z_INDIRECT_P(value);
  if (Z_ISREF_P(value) && Z_REFCOUNT_P(value) == 1) value = Z_REFVAL_P(value);
  return value;
}

bool is_enum_case(const zval* value) {
  return Z_TYPE_P(value) == IS_OBJECT && (Z_OBJCE_P(value)->ce_flags & ZEND_ACC_ENUM) != 0;
}

// Without elements and without a memory of any: the engine's own shared empty array stands for it.
bool is_plain_empty(const zend_array* array) {
  return zend_hash_num_elements(array) == 0 && array->nNextFreeElement == ZEND_LONG_MIN;
}

std::size_t table_bytes(const zend_array* array) {
  if (zend_hash_num_elements(array) == 0) return 0;
  return aligned(HT_IS_PACKED(array) ? HT_PACKED_USED_SIZE(array) : HT_USED_SIZE(array));
}

// One step of the way to the element being looked at, for the path in an error.
struct Step {
  const zend_string* key;
  zend_ulong index;
};

class Measurer {
 public:
  explicit Measurer(std::size_t limit) : limit_(limit) {}

  void array(zend_array* array) {
    if (way_.size() >= kDeepest) return fail("arrays nested deeper than " + std::to_string(kDeepest) + " levels");
    if (is_plain_empty(array)) return;
    add(aligned(sizeof(zend_array)) + table_bytes(array));
    way_.push_back({});
    zend_ulong index;
    zend_string* key;
    zval* element;
    ZEND_HASH_FOREACH_KEY_VAL(array, index, key, element) {
      if (Z_TYPE_P(element) == IS_INDIRECT && Z_TYPE_P(Z_INDIRECT_P(element)) == IS_UNDEF) continue;
      way_.back() = {key, index};
      if (key != nullptr) add(string_bytes(key));
      value(resolve(element));
      if (!result_.problem.empty()) return;
    }
    ZEND_HASH_FOREACH_END();
    way_.pop_back();
  }

  Measure take() { return std::move(result_); }

 private:
  void value(zval* value) {
    switch (Z_TYPE_P(value)) {
      case IS_NULL:
      case IS_FALSE:
      case IS_TRUE:
      case IS_LONG:
      case IS_DOUBLE: return;
      case IS_STRING: return add(string_bytes(Z_STR_P(value)));
      case IS_ARRAY: return array(Z_ARR_P(value));
      case IS_OBJECT:
        if (!is_enum_case(value)) return fail("object of class " + std::string(ZSTR_VAL(Z_OBJCE_P(value)->name)));
        result_.has_enums = true;
        return add(sizeof(EnumCaseReference) + string_bytes(Z_OBJCE_P(value)->name) +
                   string_bytes(Z_STR_P(zend_enum_fetch_case_name(Z_OBJ_P(value)))));
      case IS_REFERENCE: return fail("reference shared by several variables");
      default: return fail(zend_zval_type_name(value));
    }
  }

  void add(std::size_t bytes) {
    result_.bytes += bytes;
    if (result_.bytes > limit_ && result_.problem.empty()) {
      result_.problem = "the array needs more than the " + std::to_string(limit_) +
                        " bytes that one snapshot may have (option vars.maxSnapshotBytes)";
    }
  }

  void fail(const std::string& what) {
    std::string path;
    for (const Step& step : way_) {
      if (step.key == nullptr) {
        path += "[" + std::to_string(static_cast<zend_long>(step.index)) + "]";
      } else {
        if (!path.empty()) path += '.';
        for (const char letter : std::string_view(ZSTR_VAL(step.key), ZSTR_LEN(step.key))) {
          if (letter == '\0') {
            path += "\\0";  // the message is a C string on its way
          } else {
            path += letter;
          }
        }
      }
    }
    constexpr std::size_t kLongestPath = 300;
    if (path.size() > kLongestPath) path = path.substr(0, kLongestPath) + "…";
    result_.problem = "the value at " + path + " cannot be shared between threads: " + what +
                      " (allowed: null, bool, int, float, string, enum case, array of these)";
  }

  const std::size_t limit_;
  Measure result_{.bytes = aligned(sizeof(SnapshotHeader)), .has_enums = false, .problem = {}};
  std::vector<Step> way_;
};

// The data of arrays that have lost all their elements but remember their next index; what HT_SET_DATA_ADDR wants of
// an uninitialised table. (The engine's own is private to zend_hash.c.)
const std::uint32_t uninitialized_table[2] = {HT_INVALID_IDX, HT_INVALID_IDX};

class Filler {
 public:
  explicit Filler(std::byte* memory) : next_(memory) {}

  template <typename T>
  T* take(std::size_t bytes) {
    auto* taken = reinterpret_cast<T*>(next_);
    next_ += aligned(bytes);
    return taken;
  }

  zend_array* array(const zend_array* source) {
    if (is_plain_empty(source)) return const_cast<zend_array*>(&zend_empty_array);
    auto* copy = take<zend_array>(sizeof(zend_array));
    std::memcpy(copy, source, sizeof(zend_array));
    GC_SET_REFCOUNT(copy, 2);
    GC_TYPE_INFO(copy) = GC_ARRAY | ((IS_ARRAY_IMMUTABLE | GC_NOT_COLLECTABLE) << GC_FLAGS_SHIFT);
    HT_FLAGS(copy) = (HT_FLAGS(source) & HASH_FLAG_PACKED) | HASH_FLAG_STATIC_KEYS;
    HT_ITERATORS_COUNT(copy) = 0;
    copy->u.v._unused = 0;
    copy->u.v._unused2 = 0;
    copy->pDestructor = nullptr;
    if (zend_hash_num_elements(source) == 0) {
      HT_FLAGS(copy) = HASH_FLAG_UNINITIALIZED;
      copy->nTableMask = HT_MIN_MASK;
      copy->nNumUsed = 0;
      copy->nInternalPointer = 0;
      HT_SET_DATA_ADDR(copy, const_cast<std::uint32_t*>(uninitialized_table));
      return copy;
    }
    const std::size_t bytes = table_bytes(source);
    auto* table = take<std::byte>(bytes);
    std::memcpy(table, HT_GET_DATA_ADDR(source),
                HT_IS_PACKED(source) ? HT_PACKED_USED_SIZE(source) : HT_USED_SIZE(source));
    HT_SET_DATA_ADDR(copy, table);
    bool enums = false;
    if (HT_IS_PACKED(source)) {
      for (std::uint32_t index = 0; index < source->nNumUsed; index++) {
        enums |= element(copy->arPacked + index, source->arPacked + index);
      }
    } else {
      for (std::uint32_t index = 0; index < source->nNumUsed; index++) {
        Bucket* bucket = copy->arData + index;
        enums |= element(&bucket->val, &source->arData[index].val);
        if (Z_TYPE(bucket->val) == IS_UNDEF) {
          bucket->key = nullptr;
        } else if (bucket->key != nullptr) {
          bucket->key = string(bucket->key);
        }
      }
    }
    if (enums) mark_holds_enums(copy);
    return copy;
  }

 private:
  zend_string* string(const zend_string* source) {
    auto* copy = take<zend_string>(string_bytes(source));
    const std::size_t length = ZSTR_LEN(source);
    GC_SET_REFCOUNT(copy, 2);
    GC_TYPE_INFO(copy) = GC_STRING | ((IS_STR_INTERNED | (GC_FLAGS(source) & IS_STR_VALID_UTF8)) << GC_FLAGS_SHIFT);
    ZSTR_LEN(copy) = length;
    std::memcpy(ZSTR_VAL(copy), ZSTR_VAL(source), length);
    ZSTR_VAL(copy)[length] = '\0';
    ZSTR_H(copy) = ZSTR_H(source) != 0 ? ZSTR_H(source) : zend_hash_func(ZSTR_VAL(copy), length);
    return copy;
  }

  // Copies `original`'s value into `slot`, keeping the slot's u2 (the hash chain). True: it holds an enum case.
  bool element(zval* slot, zval* original) {
    if (Z_TYPE_P(original) == IS_INDIRECT && Z_TYPE_P(Z_INDIRECT_P(original)) == IS_UNDEF) {
      Z_TYPE_INFO_P(slot) = IS_UNDEF;
      return false;
    }
    zval* value = resolve(original);
    switch (Z_TYPE_P(value)) {
      case IS_STRING:
        Z_STR_P(slot) = string(Z_STR_P(value));
        Z_TYPE_INFO_P(slot) = IS_INTERNED_STRING_EX;
        return false;
      case IS_ARRAY: {
        zend_array* nested = array(Z_ARR_P(value));
        Z_ARR_P(slot) = nested;
        Z_TYPE_INFO_P(slot) = IS_ARRAY;
        return holds_enums(nested);
      }
      case IS_OBJECT: {
        auto* reference = take<EnumCaseReference>(sizeof(EnumCaseReference));
        reference->class_name = string(Z_OBJCE_P(value)->name);
        reference->case_name = string(Z_STR_P(zend_enum_fetch_case_name(Z_OBJ_P(value))));
        Z_PTR_P(slot) = reference;
        Z_TYPE_INFO_P(slot) = IS_PTR;
        return true;
      }
      default:
        slot->value = value->value;
        Z_TYPE_INFO_P(slot) = Z_TYPE_P(value);
        return false;
    }
  }

  std::byte* next_;
};

bool same_string(const zend_string* one, const zend_string* other) {
  return ZSTR_LEN(one) == ZSTR_LEN(other) && std::memcmp(ZSTR_VAL(one), ZSTR_VAL(other), ZSTR_LEN(one)) == 0;
}

bool same_array(const zend_array* stored, zend_array* array);

struct Element {
  const zend_string* key;  // null: `index` is the key
  zend_ulong index;
  zval* value;
};

Element element_at(const zend_array* array, std::uint32_t position) {
  if (HT_IS_PACKED(array)) return {nullptr, position, array->arPacked + position};
  Bucket& bucket = array->arData[position];
  return {bucket.key, bucket.h, &bucket.val};
}

bool same_value(const zval* stored, zval* value) {
  value = resolve(value);
  if (Z_TYPE_P(stored) == IS_PTR) {
    if (!is_enum_case(value)) return false;
    const auto* reference = static_cast<const EnumCaseReference*>(Z_PTR_P(stored));
    return same_string(reference->class_name, Z_OBJCE_P(value)->name) &&
           same_string(reference->case_name, Z_STR_P(zend_enum_fetch_case_name(Z_OBJ_P(value))));
  }
  if (Z_TYPE_P(stored) != Z_TYPE_P(value)) return false;
  switch (Z_TYPE_P(stored)) {
    case IS_LONG: return Z_LVAL_P(stored) == Z_LVAL_P(value);
    case IS_DOUBLE:  // bit for bit is what is meant: NaN, -0.0. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
      return std::memcmp(&Z_DVAL_P(stored), &Z_DVAL_P(value), sizeof(double)) == 0;
    case IS_STRING: return same_string(Z_STR_P(stored), Z_STR_P(value));
    case IS_ARRAY: return same_array(Z_ARR_P(stored), Z_ARR_P(value));
    default: return true;  // null, false, true
  }
}

bool same_array(const zend_array* stored, zend_array* array) {
  if (stored == array) return true;  // a snapshot that was read and is published again unchanged
  if (zend_hash_num_elements(stored) != zend_hash_num_elements(array) ||
      stored->nNextFreeElement != array->nNextFreeElement) {
    return false;
  }
  if (zend_hash_num_elements(stored) == 0) return true;
  // Element by element in order, whatever the layouts: packed or hash, with holes or without.
  std::uint32_t there = 0;
  for (std::uint32_t here = 0; here < stored->nNumUsed; here++) {
    const Element one = element_at(stored, here);
    if (Z_TYPE_P(one.value) == IS_UNDEF) continue;
    Element other = element_at(array, there++);
    while (Z_TYPE_P(resolve(other.value)) == IS_UNDEF) other = element_at(array, there++);  // both have as many
    if ((one.key == nullptr) != (other.key == nullptr)) return false;
    if (one.key == nullptr ? one.index != other.index : !same_string(one.key, other.key)) return false;
    if (!same_value(one.value, other.value)) return false;
  }
  return true;
}

}  // namespace

Measure measure_snapshot(zend_array* root, std::size_t limit) {
  Measurer measurer(limit);
  measurer.array(root);
  return measurer.take();
}

core::Block::Owner write_snapshot(zend_array* root, const Measure& measure) {
  auto block = core::Block::create(measure.bytes);
  Filler filler(block->payload());
  auto* header = filler.take<SnapshotHeader>(sizeof(SnapshotHeader));
  header->root = filler.array(root);
  header->has_enums = measure.has_enums;
  return block;
}

bool snapshot_equals(const core::Block& block, zend_array* root) {
  return same_array(snapshot_header(block).root, root);
}

}  // namespace sidekick::php
