// One walk over the array to publish: validates every value, measures what the filler will lay out, and finds what the
// snapshot before has already. That is found in two ways: by address, when the script read the snapshot and changed
// some of it; by walking both trees in step, when it was made anew (decoded from JSON, say).
#include "php/snapshot_elements.h"
#include "php/snapshot_writer.h"

namespace sidekick::php {

namespace {

// One step of the way to the element being looked at, for the path in an error; lives on the walk's own stack.
struct Step {
  const Step* before;
  const zend_string* key;
  zend_ulong index;
};

// Follows the elements of a stored array in the order of another one's. A string key is taken for the same when its
// hash is: most arrays turn out to differ in some value, and then nobody needs to know (same_keys() tells in the end).
class Counterparts {
 public:
  explicit Counterparts(const zend_array* stored) : stored_(stored) {}

  // The stored element at this position if it has this key; null: it has another, or there is none. `index`: of a
  // string key the hash.
  zval* next(const zend_string* key, zend_ulong index) {
    if (stored_ == nullptr) return nullptr;
    while (position_ < stored_->nNumUsed) {
      const Element element = element_at(stored_, position_);
      if (Z_TYPE_P(element.value) == IS_UNDEF) {
        position_++;
        continue;
      }
      if ((element.key == nullptr) != (key == nullptr)) return nullptr;
      const bool same =
          key == nullptr ? element.index == index : ZSTR_H(element.key) == ZSTR_H(key) && same_string(element.key, key);
      if (!same) return nullptr;
      position_++;
      return element.value;
    }
    return nullptr;
  }

  // Elsewhere in the stored array; goes on from there. Elements were put in or taken out.
  zval* search(zend_string* key, zend_ulong index) {
    if (stored_ == nullptr) return nullptr;
    auto* stored = const_cast<zend_array*>(stored_);
    zval* found = key != nullptr ? zend_hash_find_known_hash(stored, key) : zend_hash_index_find(stored, index);
    if (found == nullptr) return nullptr;
    position_ = HT_IS_PACKED(stored_) ? static_cast<std::uint32_t>(found - stored_->arPacked)
                                      : static_cast<std::uint32_t>(reinterpret_cast<Bucket*>(found) - stored_->arData);
    position_++;
    return found;
  }

 private:
  const zend_array* stored_;
  std::uint32_t position_ = 0;
};

class Planner {
 public:
  Planner(SnapshotPlan& plan, std::size_t limit) : plan_(plan), limit_(limit) {}

  // Adds what `array` needs to the plan. True: `stored` (may be null) is the same bit for bit.
  bool walk(zend_array* array, const zend_array* stored, std::uint32_t depth, const Step* before) {
    if (depth > kDeepest) return too_deep(before);
    if (!add(kArrayBytes + table_bytes(array))) return false;
    bool same = stored != nullptr && zend_hash_num_elements(stored) == zend_hash_num_elements(array) &&
                stored->nNextFreeElement == array->nNextFreeElement;
    if (HT_IS_PACKED(array) && (stored == nullptr || HT_IS_PACKED(stored))) {
      return packed_elements(array, stored, same, depth, before);
    }
    Counterparts counterparts(stored);
    Step here{before, nullptr, 0};
    for (std::uint32_t position = 0; position < array->nNumUsed; position++) {
      const Element element = element_at(array, position);
      zval* value = resolve(element.value);
      if (Z_TYPE_P(value) == IS_UNDEF) continue;
      if (element.key != nullptr) string(element.key);
      zval* counterpart = counterparts.next(element.key, element.index);
      same = same && counterpart != nullptr;
      if (is_plain(value)) {
        same = same && same_plain(counterpart, value);
        continue;
      }
      if (Z_TYPE_P(value) == IS_STRING) {
        string(Z_STR_P(value));
        same = same && Z_TYPE_P(counterpart) == IS_STRING && same_string(Z_STR_P(counterpart), Z_STR_P(value));
        continue;
      }
      here.key = element.key;
      here.index = element.index;
      if (counterpart == nullptr && Z_TYPE_P(value) == IS_ARRAY) {
        counterpart = counterparts.search(element.key, element.index);
      }
      same = this->value(value, counterpart, same, depth, &here) && same;
      if (UNEXPECTED(!plan_.problem.empty())) return false;
    }
    return same && same_keys(array, stored);
  }

 private:
  // Of two arrays with as many elements, whose keys have the same hashes in the same order.
  static bool same_keys(const zend_array* array, const zend_array* stored) {
    std::uint32_t there = 0;
    for (std::uint32_t here = 0; here < array->nNumUsed; here++) {
      const Element element = element_at(array, here);
      if (Z_TYPE_P(resolve(element.value)) == IS_UNDEF) continue;
      while (Z_TYPE_P(element_at(stored, there).value) == IS_UNDEF) there++;
      const Element counterpart = element_at(stored, there++);
      if (element.key != nullptr && !same_string(element.key, counterpart.key)) return false;
    }
    return true;
  }

  // Lists, mostly: an element's counterpart is at its own place.
  bool packed_elements(zend_array* array, const zend_array* stored, bool same, std::uint32_t depth,
                       const Step* before) {
    const std::uint32_t comparable = stored == nullptr ? 0 : stored->nNumUsed;
    Step here{before, nullptr, 0};
    for (std::uint32_t index = 0; index < array->nNumUsed; index++) {
      zval* value = array->arPacked + index;
      zval* counterpart = index < comparable ? stored->arPacked + index : nullptr;
      if (EXPECTED(is_plain(value))) {
        same = same && counterpart != nullptr && same_plain(counterpart, value);
        continue;
      }
      value = resolve(value);
      if (Z_TYPE_P(value) == IS_UNDEF) {
        same = same && (counterpart == nullptr || Z_TYPE_P(counterpart) == IS_UNDEF);
        continue;
      }
      here.index = index;
      same = this->value(value, counterpart, same, depth, &here) && same;
      if (UNEXPECTED(!plan_.problem.empty())) return false;
    }
    return same;
  }

  // Adds what the value needs. True: it is the same as its counterpart (may be null), which is only `asked` while all
  // before it was.
  bool value(zval* value, zval* counterpart, bool asked, std::uint32_t depth, const Step* here) {
    switch (Z_TYPE_P(value)) {
      case IS_NULL:
      case IS_FALSE:
      case IS_TRUE:
      case IS_LONG:
      case IS_DOUBLE: return counterpart != nullptr && same_plain(counterpart, value);  // behind a reference
      case IS_STRING:
        string(Z_STR_P(value));
        return counterpart != nullptr && Z_TYPE_P(counterpart) == IS_STRING &&
               same_string(Z_STR_P(counterpart), Z_STR_P(value));
      case IS_ARRAY: {
        const bool both = counterpart != nullptr && Z_TYPE_P(counterpart) == IS_ARRAY;
        return nested(Z_ARR_P(value), both ? Z_ARR_P(counterpart) : nullptr, asked, depth + 1, here);
      }
      case IS_OBJECT:
        if (!is_enum_case(value)) return fail("object of class " + std::string(ZSTR_VAL(Z_OBJCE_P(value)->name)), here);
        [[fallthrough]];
      case IS_PTR: return enum_case(value, counterpart);
      case IS_REFERENCE: return fail("reference shared by several variables", here);
      default: return fail(zend_zval_type_name(value), here);
    }
  }

  bool nested(zend_array* array, const zend_array* stored, bool asked, std::uint32_t depth, const Step* here) {
    if (UNEXPECTED(depth > kDeepest)) return too_deep(here);
    if (is_plain_empty(array)) return stored != nullptr && is_plain_empty(stored);
    const bool comparable = stored != nullptr && !is_plain_empty(stored);
    const std::size_t place = plan_.subtrees.size();
    plan_.subtrees.push_back(nullptr);
    Sharing& sharing = plan_.sharing;
    if (sharing.has_candidates()) {
      const int candidate = sharing.find(array);
      if (candidate != Sharing::kNone && !note_of(array).mixed && !holds_enums(array)) {
        if (depth + note_of(array).height - 1 > kDeepest) return too_deep(here);
        plan_.subtrees[place] = array;
        sharing.tally(candidate, note_of(array).bytes);
        return comparable && asked && same_stored(array, stored);
      }
    }
    if (!comparable || !sharing.has_candidates()) {
      return walk(array, comparable ? stored : nullptr, depth, here);
    }
    const std::size_t bytes = plan_.bytes;
    const Sharing::Mark mark = sharing.mark();
    if (!walk(array, stored, depth, here)) return false;
    const int candidate = sharing.find(stored);
    if (candidate != Sharing::kNone && !note_of(stored).mixed) {  // the same as a whole: forget what is in it
      plan_.subtrees.resize(place + 1);
      plan_.subtrees[place] = stored;
      plan_.bytes = bytes;
      sharing.back_to(mark);
      sharing.tally(candidate, note_of(stored).bytes);
    }
    return true;
  }

  void string(const zend_string* string) {
    if (plan_.sharing.has_candidates()) {
      if (const int candidate = plan_.sharing.find(string); candidate != Sharing::kNone) {
        plan_.sharing.tally(candidate, string_bytes(string));
        return;
      }
    }
    plan_.bytes += string_bytes(string);
  }

  bool enum_case(zval* value, zval* counterpart) {
    plan_.has_enums = true;
    const EnumCaseReference names = enum_names(value);
    plan_.bytes += sizeof(EnumCaseReference) + string_bytes(names.class_name) + string_bytes(names.case_name);
    if (counterpart == nullptr || Z_TYPE_P(counterpart) != IS_PTR) return false;
    return same_enum_case(enum_names(counterpart), names);
  }

  // Stops early what is far too large; the exact test comes at the end.
  bool add(std::size_t bytes) {
    plan_.bytes += bytes;
    if (EXPECTED(plan_.bytes <= limit_)) return true;
    plan_.problem = too_large(limit_);
    return false;
  }

  bool too_deep(const Step* before) {
    plan_.problem = problem("arrays nested deeper than " + std::to_string(kDeepest) + " levels", before);
    return false;
  }

  bool fail(const std::string& what, const Step* here) {
    plan_.problem = problem(what, here);
    return false;
  }

  static std::string problem(const std::string& what, const Step* last) {
    return "the value at " + path_of(last) + " cannot be shared between threads: " + what +
           " (allowed: null, bool, int, float, string, enum case, array of these)";
  }

  static std::string path_of(const Step* last) {
    constexpr std::size_t kLongestPath = 300;
    std::vector<const Step*> steps;
    for (const Step* step = last; step != nullptr; step = step->before) steps.push_back(step);
    std::string path;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      if ((*step)->key == nullptr) {
        path += "[" + std::to_string(static_cast<zend_long>((*step)->index)) + "]";
        continue;
      }
      if (!path.empty()) path += '.';
      for (const char letter : std::string_view(ZSTR_VAL((*step)->key), ZSTR_LEN((*step)->key))) {
        if (letter == '\0') {
          path += "\\0";  // the message is a C string on its way
        } else {
          path += letter;
        }
      }
    }
    return path.size() > kLongestPath ? path.substr(0, kLongestPath) + "…" : path;
  }

 public:
  static std::string too_large(std::size_t limit) {
    return "the array needs more than the " + std::to_string(limit) +
           " bytes that one snapshot may have (option vars.maxSnapshotBytes)";
  }

 private:
  SnapshotPlan& plan_;
  const std::size_t limit_;
};

}  // namespace

SnapshotPlan plan_snapshot(zend_array* root, std::size_t limit, core::Block* current) {
  SnapshotPlan plan{.problem = {},
                    .identical = false,
                    .has_enums = false,
                    .bytes = aligned(sizeof(SnapshotHeader)),
                    .sharing = Sharing(current),
                    .subtrees = {}};
  const zend_array* stored = current == nullptr ? nullptr : snapshot_header(*current).root;
  if (root == stored) {  // what was read is published again
    plan.identical = true;
    return plan;
  }
  if (is_plain_empty(root)) {
    plan.identical = stored != nullptr && is_plain_empty(stored);
    return plan;
  }
  if (stored != nullptr && is_plain_empty(stored)) stored = nullptr;
  plan.identical = Planner(plan, limit).walk(root, stored, 1, nullptr);
  if (plan.identical || !plan.problem.empty()) return plan;
  plan.bytes += plan.sharing.decide();
  if (plan.bytes + plan.sharing.kept_bytes() > limit) plan.problem = Planner::too_large(limit);
  return plan;
}

}  // namespace sidekick::php
