// Snapshot to JavaScript: a walk over the block's Zend values that writes core::PackedValue (contract J03). Uses no
// PHP thread context: the block is plain, immutable memory.
//
// The walk writes the whole version into the reader's history, where equal containers are equal words whatever the
// version, and finds what the reader has already: by address what two versions share, by its words what was made anew.
#include <cstring>
#include <utility>

#include "php/engine.h"
#include "php/snapshot.h"
#include "php/utf8.h"

namespace sidekick::php {

namespace {

using core::PackedValue;
using core::PackHistory;

std::string_view view(const zend_string* string) { return {ZSTR_VAL(string), ZSTR_LEN(string)}; }

class Packer {
 public:
  Packer(const core::Block& block, PackHistory& history, PackedValue& into)
      : block_(block),
        history_(history),
        words_(history.words),
        into_(into),
        counterparts_end_(static_cast<std::uint32_t>(history.last_containers().size())) {}

  void array(zend_array* array) {
    const std::size_t count = zend_hash_num_elements(array);
    if (count == 0) {
      words_.push(PackedValue::kList, 0);
      return;
    }
    const std::uint32_t counterpart = next_counterpart();
    const std::uint64_t block = version_of_block(array);
    if (counterpart != kNoContainer) {
      const PackHistory::Container& last = history_.last_containers()[counterpart];
      if (last.block == block && last.address == array && !last.holds_bytes) return repeat(counterpart);
    }
    const std::uint32_t number = containers();
    history_.containers.push_back({.begin = at(),
                                   .end = 0,
                                   .next = 0,
                                   .same_as = kNoContainer,
                                   .comparable = true,
                                   .holds_bytes = false,
                                   .block = block,
                                   .address = array});
    const bool outer_comparable = std::exchange(comparable_, true);
    const bool outer_holds_bytes = std::exchange(holds_bytes_, false);
    const std::uint32_t outer = std::exchange(counterpart_, counterpart == kNoContainer ? 0 : counterpart + 1);
    const std::uint32_t outer_end = std::exchange(
        counterparts_end_, counterpart == kNoContainer ? 0 : history_.last_containers()[counterpart].next);
    if (zend_array_is_list(array)) {
      list(array);
    } else if (!object(array)) {
      map(array);
    }
    counterpart_ = outer;
    counterparts_end_ = outer_end;
    PackHistory::Container& container = history_.containers[number];
    container.end = at();
    container.next = containers();
    container.comparable = comparable_;
    container.holds_bytes = holds_bytes_;
    if (comparable_ && counterpart != kNoContainer && is_same(container, counterpart)) container.same_as = counterpart;
    comparable_ = comparable_ && outer_comparable;
    holds_bytes_ = holds_bytes_ || outer_holds_bytes;
  }

 private:
  static constexpr std::uint32_t kNoContainer = PackHistory::Container::kNone;

  std::uint32_t at() const { return static_cast<std::uint32_t>(words_.size()); }
  std::uint32_t containers() const { return static_cast<std::uint32_t>(history_.containers.size()); }

  // The container of the last version at the same place among those that the containers around it have.
  std::uint32_t next_counterpart() {
    if (counterpart_ >= counterparts_end_) return kNoContainer;
    return std::exchange(counterpart_, history_.last_containers()[counterpart_].next);
  }

  // Versions are a slot's own, and so are the blocks that its snapshots share: no two have the same.
  std::uint64_t version_of_block(const zend_array* array) const {
    if (!block_.holds(array)) {
      for (const core::BlockRef& shared : block_.shared()) {
        if (shared->holds(array)) return shared->version;
      }
    }
    return block_.version;
  }

  bool is_same(const PackHistory::Container& now, std::uint32_t counterpart) const {
    const PackHistory::Container& last = history_.last_containers()[counterpart];
    const std::size_t count = now.end - now.begin;
    return last.comparable && last.end - last.begin == count &&
           std::memcmp(words_.begin() + now.begin, history_.last_words().begin() + last.begin,
                       count * sizeof(std::int32_t)) == 0;
  }

  // The very subtree of the last version: nobody has to look into it. Words that do not say all of it are left out; its
  // address does, for as long as it stays.
  void repeat(std::uint32_t counterpart) {
    const auto& lasts = history_.last_containers();
    const PackHistory::Container& root = lasts[counterpart];
    const std::uint32_t words_moved = at() - root.begin;  // modulo 2^32, as the numbers it is added to
    const std::uint32_t containers_moved = containers() - counterpart;
    for (std::uint32_t number = counterpart; number < root.next; number++) {
      PackHistory::Container container = lasts[number];
      container.begin = root.comparable ? container.begin + words_moved : at();
      container.end = root.comparable ? container.end + words_moved : at();
      container.next += containers_moved;
      container.same_as = number;
      container.comparable = root.comparable;
      history_.containers.push_back(container);
    }
    if (root.comparable) {
      words_.append(history_.last_words().begin() + root.begin, root.end - root.begin);
    } else {
      comparable_ = false;
    }
  }

  void list(zend_array* array) {
    const std::uint32_t count = zend_hash_num_elements(array);
    if (HT_IS_PACKED(array) && count == array->nNumUsed && integers(array->arPacked, count)) return;
    words_.push(PackedValue::kList, count);
    zval* element;
    ZEND_HASH_FOREACH_VAL(array, element) { value(element); }
    ZEND_HASH_FOREACH_END();
  }

  // A list of 32-bit integers only needs no word to say what each is.
  bool integers(const zval* elements, std::uint32_t count) {
    const std::size_t begin = words_.size();
    words_.push(PackedValue::kInts, count);
    for (const zval* element = elements; element != elements + count; element++) {
      if (Z_TYPE_P(element) != IS_LONG || Z_LVAL_P(element) != static_cast<std::int32_t>(Z_LVAL_P(element))) {
        words_.truncate(begin);
        return false;
      }
      words_.push(Z_LVAL_P(element));
    }
    return true;
  }

  // Arrays that are not lists are hashes here: a packed one that is no list has integer keys, so it is a map.
  bool object(zend_array* array) {
    if (HT_IS_PACKED(array)) return false;
    const Bucket* const end = array->arData + array->nNumUsed;
    std::uint64_t hash = 0;
    for (const Bucket* bucket = array->arData; bucket != end; bucket++) {
      if (Z_TYPE(bucket->val) == IS_UNDEF) continue;
      if (bucket->key == nullptr) return false;
      hash = hash * 31 + bucket->h;
    }
    const std::uint32_t count = zend_hash_num_elements(array);
    const std::int32_t shape = count <= PackHistory::kMostKeys ? shape_of(array, hash) : kNone;
    if (shape == kMap) return false;
    if (shape >= 0) {
      words_.push(PackedValue::kShape, shape);
    } else {
      if (!keys(array)) return false;
    }
    for (const Bucket* bucket = array->arData; bucket != end; bucket++) {
      if (Z_TYPE(bucket->val) != IS_UNDEF) value(&bucket->val);
    }
    return true;
  }

  static constexpr std::int32_t kNone = -1;
  static constexpr std::int32_t kMap = -2;

  // The number of the shape with the array's keys, a new one if need be; kNone: there is no room for it; kMap: not all
  // keys can be names of properties.
  std::int32_t shape_of(const zend_array* array, std::uint64_t hash) {
    const std::uint32_t count = zend_hash_num_elements(array);
    std::int32_t shape = kNone;
    while ((shape = history_.find_shape(hash, count, shape)) >= 0) {
      if (has_shape(array, history_.keys_of(shape))) return shape;
    }
    if (!history_.has_room_for_shape()) return kNone;
    shape_keys_.clear();
    for (const Bucket* bucket = array->arData; bucket != array->arData + array->nNumUsed; bucket++) {
      if (Z_TYPE(bucket->val) == IS_UNDEF) continue;
      if (!is_property_name(bucket->key)) return kMap;
      const std::int32_t id = known(bucket->key, true);
      if (id < 0) return kNone;
      shape_keys_.push_back(id);
    }
    return history_.add_shape(hash, shape_keys_);
  }

  bool has_shape(const zend_array* array, const std::int32_t* ids) const {
    for (const Bucket* bucket = array->arData; bucket != array->arData + array->nNumUsed; bucket++) {
      if (Z_TYPE(bucket->val) == IS_UNDEF) continue;
      if (!history_.is_string(*ids++, bucket->h, view(bucket->key))) return false;
    }
    return true;
  }

  // JavaScript would put a name that is an integer before the others.
  static bool is_property_name(const zend_string* key) {
    zend_ulong ignored;
    return !ZEND_HANDLE_NUMERIC_STR(ZSTR_VAL(key), ZSTR_LEN(key), ignored) && utf16_length(view(key));
  }

  // kObject with its keys; false, and nothing written, when it is a map.
  bool keys(zend_array* array) {
    zend_string* key;
    ZEND_HASH_FOREACH_STR_KEY(array, key) {
      if (!is_property_name(key)) return false;
    }
    ZEND_HASH_FOREACH_END();
    words_.push(PackedValue::kObject, zend_hash_num_elements(array));
    const bool is_key = zend_hash_num_elements(array) <= PackHistory::kMostKeys;
    ZEND_HASH_FOREACH_STR_KEY(array, key) { string(key, is_key); }
    ZEND_HASH_FOREACH_END();
    return true;
  }

  void map(zend_array* array) {
    words_.push(PackedValue::kMap, zend_hash_num_elements(array));
    zend_ulong index;
    zend_string* key;
    zval* element;
    ZEND_HASH_FOREACH_KEY_VAL(array, index, key, element) {
      if (key != nullptr) {
        string(key, false);
      } else {
        integer(static_cast<zend_long>(index));
      }
      value(element);
    }
    ZEND_HASH_FOREACH_END();
  }

  void value(const zval* value) {
    switch (Z_TYPE_P(value)) {
      case IS_FALSE: return words_.push(PackedValue::kFalse);
      case IS_TRUE: return words_.push(PackedValue::kTrue);
      case IS_LONG: return integer(Z_LVAL_P(value));
      case IS_DOUBLE: return number(Z_DVAL_P(value));
      case IS_STRING: return string(Z_STR_P(value), false);
      case IS_ARRAY: return array(Z_ARR_P(value));
      case IS_PTR: {
        const auto* reference = static_cast<const EnumCaseReference*>(Z_PTR_P(value));
        words_.push(PackedValue::kEnum);
        string(reference->class_name, true);
        string(reference->case_name, true);
        return;
      }
      default: return words_.push(PackedValue::kNull);
    }
  }

  void number(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    words_.push(PackedValue::kNumber, bits & 0xFFFFFFFF, bits >> 32U);
  }

  void integer(zend_long value) {
    constexpr zend_long kSafe = (zend_long{1} << 53) - 1;
    if (value >= INT32_MIN && value <= INT32_MAX) {
      words_.push(PackedValue::kInt32, value);
    } else if (value >= -kSafe && value <= kSafe) {
      number(static_cast<double>(value));
    } else {
      const auto bits = static_cast<std::uint64_t>(value);
      words_.push(PackedValue::kBigInt, bits & 0xFFFFFFFF, bits >> 32U);
    }
  }

  void string(const zend_string* source, bool is_key) {
    const std::int32_t id = known(source, is_key);
    if (id >= 0) return words_.push(PackedValue::kKnown, id);
    comparable_ = false;
    if (const auto units = utf16_length(view(source))) {
      words_.push(PackedValue::kString, into_.text.units, *units);
      into_.text.bytes.append(view(source));
      into_.text.units += *units;
      return;
    }
    holds_bytes_ = true;
    words_.push(PackedValue::kBytes, into_.bytes.size(), ZSTR_LEN(source));
    into_.bytes.append(view(source));
  }

  // The number of a short string, a new one if need be; kNone: it has to cross in full.
  std::int32_t known(const zend_string* source, bool is_key) {
    if (ZSTR_LEN(source) > PackHistory::kLongestString) return kNone;
    const std::int32_t id = history_.find_string(ZSTR_H(source), view(source));
    if (id >= 0 || !history_.has_room_for(view(source), is_key)) return id;
    const auto units = utf16_length(view(source));
    return units ? history_.add_string(ZSTR_H(source), view(source), *units) : kNone;
  }

  const core::Block& block_;
  PackHistory& history_;
  core::Words& words_;
  PackedValue& into_;
  std::uint32_t counterpart_ = 0;  // of the next container
  std::uint32_t counterparts_end_;
  std::vector<std::int32_t> shape_keys_;
  bool comparable_ = true;  // of the container being written, so far
  bool holds_bytes_ = false;
};

void pack(const core::Block& block, core::PackHistory& history, std::uint32_t sequence, core::PackedValue& into) {
  history.begin(sequence);
  into.clear();
  into.version = block.version;
  Packer(block, history, into).array(snapshot_header(block).root);
  history.finish(into);
}

}  // namespace

bool pack_snapshot(const core::Slot& slot, core::PinSet& pins, core::PackHistory& history, std::uint32_t sequence,
                   core::PackedValue& into) {
  struct Unpinned {
    core::PinSet& pins;
    ~Unpinned() { pins.release_all(); }
  } const at_the_end{pins};  // also when there is no memory
  const core::Block* block = pins.pin(slot).block();
  if (block == nullptr) return false;
  pack(*block, history, sequence, into);
  return true;
}

void pack_block(const core::Block& block, core::PackHistory& history, std::uint32_t sequence, core::PackedValue& into) {
  history.forget_last();
  pack(block, history, sequence, into);
}

MessagePacker::MessagePacker(core::PackHistory& history, std::uint32_t sequence, core::PackedValue& into)
    : history_(history), into_(into) {
  history.forget_last();
  history.begin(sequence);
  into.clear();
  into.version = 0;
}

void MessagePacker::value(const core::Block& block) {
  Packer(block, history_, into_).array(snapshot_header(block).root);
}

}  // namespace sidekick::php
