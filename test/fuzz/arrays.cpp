// Array to snapshot to array: builds arrays of every shape out of the input, publishes them one after the other to one
// name, the later ones partly of what was published before, and compares what readers get.
#include <vector>

#include "core/pack_history.h"
#include "core/pins.h"
#include "core/slot.h"
#include "php/engine.h"
#include "php/snapshot.h"
#include "php/snapshot_reader.h"
#include "php/snapshot_writer.h"
#include "support.h"

using namespace sidekick;
using namespace sidekick::fuzz;

namespace {

constexpr std::uint32_t kMostElements = 5'000;  // of a version, counted as often as they are reached
constexpr std::uint32_t kMostLevels = 300;      // some more than may be published
constexpr std::size_t kLimit = 4U << 20U;

class Builder {
 public:
  // `published`: the root of the snapshot before, or null.
  Builder(Choices& choices, zend_array* published) : choices_(choices), published_(published) {}
  ~Builder() {
    for (Made& each : made_) zval_ptr_dtor(&each.value);
  }


  zend_array* root() {
    std::uint32_t elements = 0;
    std::uint32_t levels = 0;
    zval root = array(0, elements, levels);
    if (Z_REFCOUNTED(root)) return Z_ARR(root);
    return zend_array_dup(Z_ARR(root));  // a script's own, however it was made
  }

 private:
  struct Made {
    zval value;
    std::uint32_t elements;
    std::uint32_t levels;
  };

  // `elements`, `levels`: of what was made, added and maximised.
  zval value(std::uint32_t depth, std::uint32_t& elements, std::uint32_t& levels) {
    zval value;
    elements++;
    switch (choices_.below(20)) {
      case 0: ZVAL_NULL(&value); break;
      case 1: ZVAL_BOOL(&value, choices_.below(2)); break;
      case 2: ZVAL_LONG(&value, static_cast<std::int8_t>(choices_.byte())); break;
      case 3: ZVAL_LONG(&value, static_cast<zend_long>(choices_.word())); break;
      case 4: {
        const std::uint64_t bits = choices_.word();
        double number;
        memcpy(&number, &bits, sizeof(number));
        ZVAL_DOUBLE(&value, number);
        break;
      }
      case 5: ZVAL_DOUBLE(&value, choices_.below(2) == 0 ? -0.0 : 0.0); break;
      case 6: ZVAL_EMPTY_STRING(&value); break;
      case 7: ZVAL_CHAR(&value, choices_.byte()); break;
      case 8:
      case 9: {
        const std::string_view bytes = choices_.bytes(choices_.below(24));
        ZVAL_STRINGL(&value, bytes.data(), bytes.size());
        break;
      }
      case 10: {
        zend_string* text = zend_string_alloc(choices_.word(2) % 3000, false);
        memset(ZSTR_VAL(text), choices_.byte(), ZSTR_LEN(text));
        ZSTR_VAL(text)[ZSTR_LEN(text)] = '\0';
        ZVAL_NEW_STR(&value, text);
        break;
      }
      case 11: ZVAL_OBJ_COPY(&value, enum_case(choices_.byte())); break;
      case 12: return again(elements, levels);
      case 13:
      case 14: return of_published(elements, levels);
      case 15: return deep(depth, elements, levels);
      case 16:
        if (choices_.below(16) != 0) return array(depth, elements, levels);
        object_init(&value);
        break;
      default: return array(depth, elements, levels);
    }
    remember(value, 1, 0);
    return value;
  }

  zval array(std::uint32_t depth, std::uint32_t& outer_elements, std::uint32_t& outer_levels) {
    zval made;
    const std::uint32_t kind = choices_.below(6);
    if (kind == 5) {
      ZVAL_EMPTY_ARRAY(&made);
      outer_levels = std::max(outer_levels, 1U);
      return made;
    }
    array_init_size(&made, choices_.below(20));
    zend_array* array = Z_ARR(made);
    std::uint32_t elements = 0;
    std::uint32_t levels = 0;
    const std::uint32_t count = depth > 40 ? 1 : choices_.below(12);
    for (std::uint32_t number = 0; number < count && !choices_.over() && elements < kMostElements; number++) {
      zval element = value(depth + 1, elements, levels);
      if (choices_.below(12) == 0) {
        ZVAL_NEW_REF(&element, &element);
        if (choices_.below(8) == 0) {  // held twice
          Z_ADDREF(element);
          if (zend_hash_next_index_insert(array, &element) == nullptr) zval_ptr_dtor(&element);
        }
      }
      insert(array, kind, &element);
      spoil(array);
    }
    if (array->nNumUsed > 0) array->nInternalPointer = choices_.below(array->nNumUsed + 1);
    outer_elements += elements;
    outer_levels = std::max(outer_levels, levels + 1);
    remember(made, elements + 1, levels + 1);
    return made;
  }

  void insert(zend_array* array, std::uint32_t kind, zval* element) {
    zval* stored = nullptr;
    switch (kind) {
      case 0: stored = zend_hash_next_index_insert(array, element); break;
      case 1: stored = zend_hash_index_update(array, choices_.below(40), element); break;
      case 2: stored = zend_hash_index_update(array, choices_.word(), element); break;
      default: {
        const std::string_view name = choices_.bytes(choices_.below(kind == 3 ? 3 : 12));
        zend_string* key = zend_string_init(name.data(), name.size(), false);
        // As a script would, or as casts of objects do: "12" as a string.
        stored = kind == 3 ? zend_symtable_update(array, key, element) : zend_hash_update(array, key, element);
        zend_string_release(key);
      }
    }
    if (stored == nullptr) zval_ptr_dtor(element);  // no next index is left
  }

  // What leaves holes, other layouts, other next indexes.
  void spoil(zend_array* array) {
    switch (choices_.below(24)) {
      case 0: zend_hash_index_del(array, choices_.below(40)); break;
      case 1:
        if (zend_hash_num_elements(array) > 0) zend_hash_index_del(array, array->nNumUsed - 1);
        break;
      case 2:
        if (HT_IS_PACKED(array)) zend_hash_packed_to_hash(array);
        break;
      case 3:
        if (!HT_IS_PACKED(array) && array->nNumUsed > 0) zend_hash_rehash(array);
        break;
      case 4: zend_hash_extend(array, array->nTableSize * 2, HT_IS_PACKED(array)); break;
      case 5: array->nNextFreeElement = std::max(array->nNextFreeElement, static_cast<zend_long>(choices_.word() >> 1U)); break;
      default: break;
    }
  }

  // Something that was made already, in another place.
  zval again(std::uint32_t& elements, std::uint32_t& levels) {
    zval value;
    ZVAL_NULL(&value);
    if (made_.empty()) return value;
    const Made& chosen = made_[choices_.byte() % made_.size()];
    if (elements + chosen.elements > kMostElements || chosen.levels > kMostLevels) return value;
    elements += chosen.elements;
    levels = std::max(levels, chosen.levels);
    ZVAL_COPY(&value, &chosen.value);
    return value;
  }

  // An array or string of the snapshot before, as a script that has read it holds it; or a changed copy of it.
  zval of_published(std::uint32_t& elements, std::uint32_t& levels) {
    zval value;
    ZVAL_NULL(&value);
    if (published_ == nullptr) return value;
    zend_array* array = published_;
    for (std::uint32_t steps = choices_.below(4);; steps--) {
      zval* element = nullptr;
      const std::uint32_t wanted = choices_.below(8);
      std::uint32_t number = 0;
      ZEND_HASH_FOREACH_VAL(array, element) {
        if (number++ == wanted) break;
      }
      ZEND_HASH_FOREACH_END();
      if (element == nullptr) break;
      if (Z_TYPE_P(element) == IS_STRING && steps == 0) {
        ZVAL_COPY_VALUE(&value, element);
        return value;
      }
      if (Z_TYPE_P(element) != IS_ARRAY || steps == 0) break;
      array = Z_ARR_P(element);
    }
    const std::uint32_t height = height_of(array);
    const std::uint32_t size = size_of(array);
    if (elements + size > kMostElements) return value;
    elements += size;
    levels = std::max(levels, height);
    if (choices_.below(2) == 0) {
      ZVAL_ARR(&value, array);
      Z_TYPE_INFO(value) = IS_ARRAY;  // immutable
      return value;
    }
    ZVAL_ARR(&value, zend_array_dup(array));
    zval leaf;
    ZVAL_LONG(&leaf, choices_.byte());
    zend_hash_index_update(Z_ARR(value), choices_.below(4), &leaf);
    spoil(Z_ARR(value));
    return value;
  }

  static std::uint32_t size_of(zend_array* array) {
    std::uint32_t size = 1;
    zval* element;
    ZEND_HASH_FOREACH_VAL(array, element) {
      ZVAL_DEREF(element);
      size += Z_TYPE_P(element) == IS_ARRAY ? size_of(Z_ARR_P(element)) : 1;
    }
    ZEND_HASH_FOREACH_END();
    return size;
  }

  // Arrays in arrays.
  zval deep(std::uint32_t depth, std::uint32_t& elements, std::uint32_t& levels) {
    std::uint32_t inner = 0;
    zval value = this->value(depth + 1, elements, inner);
    for (std::uint32_t more = choices_.byte(); more > 0 && inner < kMostLevels; more--, inner++, elements++) {
      zval outer;
      array_init_size(&outer, 1);
      zend_hash_next_index_insert(Z_ARR(outer), &value);
      value = outer;
    }
    levels = std::max(levels, inner);
    return value;
  }

  void remember(zval& value, std::uint32_t elements, std::uint32_t levels) {
    if (made_.size() >= 64) return;
    Z_TRY_ADDREF(value);
    made_.push_back({value, elements, levels});
  }

  Choices& choices_;
  zend_array* const published_;
  std::vector<Made> made_;
};

// The name that everything is published to. Each input begins with the same snapshot, which has nothing in common with
// any other.
core::Slot& slot() {
  static auto* leaked = new core::Slot("fuzz");
  return *leaked;
}

void begin() {
  zval first;
  array_init(&first);
  add_assoc_string(&first, "the first snapshot of an input", "and nothing else");
  core::Slot::Publication publication(slot());
  const php::SnapshotPlan plan = php::plan_snapshot(Z_ARR(first), kLimit, publication.current());
  if (!plan.identical) publication.publish(php::write_snapshot(Z_ARR(first), plan));
  zval_ptr_dtor(&first);
}

// What a reader does with the current snapshot; nothing of it may show in the block.
void read(const core::Block& block, zend_array* expected, Choices& choices) {
  zend_array* root = php::snapshot_header(block).root;
  require(same_arrays(root, expected), "the snapshot is not what was published");
  const std::uint64_t before = checksum(block);

  zend_array* rebuilt = php::rebuild_snapshot(block, php::Rebuild::everything);
  require(rebuilt != nullptr && same_arrays(rebuilt, expected), "the copy of a snapshot is not what was published");
  zend_array_destroy(rebuilt);
  rebuilt = php::rebuild_snapshot(block, php::Rebuild::enums);
  require(rebuilt != nullptr && same_arrays(rebuilt, expected), "a snapshot with enums is not what was published");
  zval mine;
  ZVAL_ARR(&mine, rebuilt);
  SEPARATE_ARRAY(&mine);
  for (std::uint32_t write = choices.below(6); write > 0; write--) {
    zval value;
    ZVAL_STRING(&value, "written by a reader");
    zend_hash_index_update(Z_ARR(mine), choices.below(8), &value);
    zend_hash_index_del(Z_ARR(mine), choices.below(8));
    zval* element = zend_hash_index_find(Z_ARR(mine), choices.below(8));
    if (element != nullptr && Z_TYPE_P(element) == IS_ARRAY) {
      SEPARATE_ARRAY(element);
      zend_hash_clean(Z_ARR_P(element));
    }
  }
  zval_ptr_dtor(&mine);
  require(checksum(block) == before, "a reader wrote to the block");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  start_php();
  Choices choices(data, size);
  begin();
  core::PinSet pins;  // as in a script that never ends: whatever it has read, it may publish again
  core::PackHistory history;
  core::PackedValue packed;
  for (int version = 0; version < 6 && !choices.over(); version++) {
    const core::Block* before = pins.pin(slot()).block();
    zend_array* published = php::snapshot_header(*before).root;
    Builder builder(choices, published);
    zend_array* root = builder.root();
    const bool publishable = height_of(root) <= php::kDeepest && !has_unpublishable(root);
    {
      core::Slot::Publication publication(slot());
      const php::SnapshotPlan plan = php::plan_snapshot(root, kLimit, publication.current());
      require(plan.problem.empty() == publishable, plan.problem.empty() ? "it should be refused" : plan.problem.c_str());
      if (publishable) {
        require(plan.identical == same_arrays(root, published), "identical or not");
        if (!plan.identical) publication.publish(php::write_snapshot(root, plan));
      }
    }
    if (publishable) {
      const core::Block* block = pins.pin(slot()).block();
      check_block(*block);
      read(*block, root, choices);
      require(php::pack_snapshot(slot(), pins, history, history.sequence(), packed), "nothing to pack");
    }
    zval done;
    ZVAL_ARR(&done, root);
    zval_ptr_dtor(&done);
  }
  pins.release_all();
  core::Reclaimer::instance().collect();
  return 0;
}
