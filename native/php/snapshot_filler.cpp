// Lays out the block that the planner measured: depth first, an array before what is in it.
#include <cassert>
#include <cstring>

#include "php/snapshot_elements.h"
#include "php/snapshot_writer.h"

namespace sidekick::php {

namespace {

// What an array's note and mark are made of, summed up over its elements.
struct Traits {
  bool enums = false;
  bool mixed = false;
  std::uint32_t height = 0;  // of the highest array in it
};

class Filler {
 public:
  Filler(core::Block& block, const SnapshotPlan& plan)
      : next_(block.payload()), end_(next_ + block.bytes()), sharing_(plan.sharing), subtrees_(plan.subtrees) {}
  ~Filler() { assert(next_ == end_); }
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;

  template <typename T>
  T* take(std::size_t bytes) {
    auto* taken = reinterpret_cast<T*>(next_);
    next_ += bytes;
    assert(next_ <= end_);
    return taken;
  }

  // `planned`: nested arrays are as the plan says. Otherwise `source` is a stored subtree that is repeated as it is.
  zend_array* array(const zend_array* source, bool planned, Traits& parent) {
    const std::byte* const start = next_;
    auto* note = take<ArrayNote>(sizeof(ArrayNote));
    auto* copy = take<zend_array>(aligned(sizeof(zend_array)));
    std::memcpy(copy, source, sizeof(zend_array));
    Traits traits;
    if (zend_hash_num_elements(source) == 0) {
      make_immutable_empty(copy);
    } else {
      make_immutable(copy, HT_FLAGS(source) & HASH_FLAG_PACKED);
      if (HT_IS_PACKED(source)) {
        packed_elements(copy, source, planned, traits);
      } else {
        hash_elements(copy, source, planned, traits);
      }
    }
    if (traits.enums) mark_holds_enums(copy);
    note->bytes = static_cast<std::uint64_t>(next_ - start);
    note->height = traits.height + 1;
    note->mixed = traits.mixed ? 1 : 0;
    add(parent, *note, traits.enums);
    return copy;
  }

 private:
  static void add(Traits& parent, const ArrayNote& child, bool enums) {
    parent.enums |= enums;
    parent.mixed |= child.mixed != 0;
    if (child.height > parent.height) parent.height = static_cast<std::uint32_t>(child.height);
  }

  void packed_elements(zend_array* copy, const zend_array* source, bool planned, Traits& traits) {
    auto* table = take<std::byte>(table_bytes(source));
    std::memcpy(table, HT_GET_DATA_ADDR(source), HT_PACKED_SIZE_EX(0, source->nTableMask));  // the hash part
    HT_SET_DATA_ADDR(copy, table);
    for (std::uint32_t index = 0; index < source->nNumUsed; index++) {
      const zval* original = source->arPacked + index;
      zval* slot = copy->arPacked + index;
      *slot = *original;
      if (UNEXPECTED(Z_TYPE_P(original) > IS_DOUBLE)) element(slot, const_cast<zval*>(original), planned, traits);
    }
  }

  void hash_elements(zend_array* copy, const zend_array* source, bool planned, Traits& traits) {
    auto* table = take<std::byte>(table_bytes(source));
    std::memcpy(table, HT_GET_DATA_ADDR(source), HT_USED_SIZE(source));
    HT_SET_DATA_ADDR(copy, table);
    for (std::uint32_t index = 0; index < source->nNumUsed; index++) {
      Bucket* bucket = copy->arData + index;
      // A key is laid out before its value: a subtree is contiguous.
      if (Z_TYPE_P(resolve(&bucket->val)) == IS_UNDEF) {
        Z_TYPE_INFO(bucket->val) = IS_UNDEF;
        bucket->key = nullptr;
        continue;
      }
      if (bucket->key != nullptr) bucket->key = string(bucket->key, planned, true, traits);
      if (Z_TYPE(bucket->val) > IS_DOUBLE) element(&bucket->val, &source->arData[index].val, planned, traits);
    }
  }

  zend_string* string(zend_string* source, bool planned, bool is_key, Traits& traits) {
    if (planned && sharing_.keeps_at(source)) {
      traits.mixed = true;
      return source;
    }
    const std::size_t length = ZSTR_LEN(source);
    auto* copy = take<zend_string>(string_bytes(length));
    std::memcpy(ZSTR_VAL(copy), ZSTR_VAL(source), length);
    finish_string(copy, length, is_key ? ZSTR_H(source) : settled_hash(source), is_key,
                  (GC_FLAGS(source) & IS_STR_VALID_UTF8) != 0);
    return copy;
  }

  // Copies `original`'s value into `slot`, keeping the slot's u2 (the hash chain).
  void element(zval* slot, zval* original, bool planned, Traits& traits) {
    zval* value = resolve(original);
    switch (Z_TYPE_P(value)) {
      case IS_STRING:
        Z_STR_P(slot) = string(Z_STR_P(value), planned, false, traits);
        Z_TYPE_INFO_P(slot) = IS_INTERNED_STRING_EX;
        return;
      case IS_ARRAY:
        Z_ARR_P(slot) = nested(Z_ARR_P(value), planned, traits);
        Z_TYPE_INFO_P(slot) = IS_ARRAY;
        return;
      case IS_OBJECT:
      case IS_PTR: {
        const EnumCaseReference names = enum_names(value);
        auto* reference = take<EnumCaseReference>(sizeof(EnumCaseReference));
        reference->class_name = string(names.class_name, false, true, traits);
        reference->case_name = string(names.case_name, false, true, traits);
        Z_PTR_P(slot) = reference;
        Z_TYPE_INFO_P(slot) = IS_PTR;
        traits.enums = true;
        return;
      }
      default: slot->value = value->value; Z_TYPE_INFO_P(slot) = Z_TYPE_P(value);
    }
  }

  zend_array* nested(zend_array* source, bool planned, Traits& traits) {
    if (is_plain_empty(source)) {
      if (traits.height == 0) traits.height = 1;
      return const_cast<zend_array*>(&zend_empty_array);
    }
    const zend_array* stored = planned ? subtrees_[next_subtree_++] : nullptr;
    if (stored == nullptr) return array(source, planned, traits);
    if (!sharing_.keeps_at(stored)) return array(stored, false, traits);
    add(traits, note_of(stored), holds_enums(stored));
    traits.mixed = true;
    return const_cast<zend_array*>(stored);
  }

  std::byte* next_;
  std::byte* const end_;
  const Sharing& sharing_;
  const std::vector<const zend_array*>& subtrees_;
  std::size_t next_subtree_ = 0;
};

}  // namespace

core::BlockRef write_snapshot(zend_array* root, const SnapshotPlan& plan) {
  core::BlockRef block = core::Block::create(plan.bytes, plan.sharing.kept());
  Filler filler(*block, plan);
  auto* header = filler.take<SnapshotHeader>(aligned(sizeof(SnapshotHeader)));
  Traits traits;
  header->root = is_plain_empty(root) ? const_cast<zend_array*>(&zend_empty_array) : filler.array(root, true, traits);
  header->has_enums = plan.has_enums;
  tag_root(*block);
  return block;
}

}  // namespace sidekick::php
