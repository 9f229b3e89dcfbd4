// Packed value to snapshot to packed value, as JavaScript publishes and reads. An even first byte: buffers of the
// input's own making, which must be refused or make a sound block. An odd one: buffers that are well formed, built
// together with the array that PHP must see.
#include <cstring>
#include <string>
#include <vector>

#include "core/pack_history.h"
#include "core/pins.h"
#include "core/slot.h"
#include "php/engine.h"
#include "php/snapshot.h"
#include "php/snapshot_reader.h"
#include "php/snapshot_unpacker.h"
#include "php/snapshot_writer.h"
#include "support.h"

using namespace sidekick;
using namespace sidekick::fuzz;
using core::PackedValue;

namespace {

constexpr std::size_t kLimit = 1U << 20U;

struct Buffers {
  std::vector<std::int32_t> ops;
  std::string text;
  std::string bytes;
};

class Packer {
 public:
  explicit Packer(Choices& choices) : choices_(choices) {}

  Buffers buffers;

  // A container, with what PHP must see.
  zval array(std::uint32_t depth) {
    const std::uint32_t count = choices_.below(depth > 20 ? 2 : 9);
    switch (choices_.below(3)) {
      case 0: return list(depth, count);
      case 1: return map(depth, count);
      default: return object(depth, count);
    }
  }

 private:
  void push(std::int32_t word) { buffers.ops.push_back(word); }

  void push_word(std::uint64_t word) {
    push(static_cast<std::int32_t>(word));
    push(static_cast<std::int32_t>(word >> 32U));
  }

  // Valid UTF-8, of one to four bytes a character.
  std::string characters() {
    static constexpr const char* kOther[] = {"ä", "ß", "€", "🙂", "\x7f", "0", "-", "12"};
    std::string text;
    for (std::uint32_t count = choices_.below(8); count > 0; count--) {
      const std::uint8_t byte = choices_.byte();
      if (byte < 0x80) text += static_cast<char>(byte);
      if (byte >= 0x80) text += kOther[byte % std::size(kOther)];
    }
    return text;
  }

  void push_text(const std::string& text) {
    std::int32_t length = 0;
    for (const char each : text) {
      const auto byte = static_cast<unsigned char>(each);
      length += (byte & 0xC0U) == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1;
    }
    push(PackedValue::kString);
    push(units_);
    push(length);
    units_ += length;
    buffers.text += text;
  }

  std::string push_bytes() {
    const std::string made(choices_.bytes(choices_.below(12)));
    push(PackedValue::kBytes);
    push(static_cast<std::int32_t>(buffers.bytes.size()));
    push(static_cast<std::int32_t>(made.size()));
    buffers.bytes += made;
    return made;
  }

  zval list(std::uint32_t depth, std::uint32_t count) {
    push(PackedValue::kList);
    push(static_cast<std::int32_t>(count));
    zval made;
    array_init(&made);
    for (; count > 0; count--) {
      zval element = value(depth);
      zend_hash_next_index_insert(Z_ARR(made), &element);
    }
    return empty_or(made);
  }

  zval map(std::uint32_t depth, std::uint32_t count) {
    push(PackedValue::kMap);
    const std::size_t counted = buffers.ops.size();
    push(0);
    zval made;
    array_init(&made);
    std::int32_t kept = 0;
    for (; count > 0; count--) {
      const Buffers before = buffers;
      const std::int32_t units = units_;
      zval null;
      ZVAL_NULL(&null);
      zval* place = nullptr;
      switch (choices_.below(4)) {
        case 0: {
          const auto index = static_cast<std::int8_t>(choices_.byte());
          push(PackedValue::kInt32);
          push(index);
          place = zend_hash_index_add(Z_ARR(made), static_cast<zend_ulong>(static_cast<zend_long>(index)), &null);
          break;
        }
        case 1: {
          const std::uint64_t index = choices_.word();
          push(PackedValue::kBigInt);
          push_word(index);
          place = zend_hash_index_add(Z_ARR(made), index, &null);
          break;
        }
        case 2: {
          const std::string bytes = push_bytes();
          place = add_name(Z_ARR(made), bytes);
          break;
        }
        default: {
          const std::string text = characters();
          push_text(text);
          place = add_name(Z_ARR(made), text);
        }
      }
      if (place == nullptr) {  // the key is there already
        buffers = before;
        units_ = units;
        continue;
      }
      kept++;
      zval element = value(depth);
      ZVAL_COPY_VALUE(place, &element);
    }
    buffers.ops[counted] = kept;
    return empty_or(made);
  }

  zval object(std::uint32_t depth, std::uint32_t count) {
    push(PackedValue::kObject);
    const std::size_t counted = buffers.ops.size();
    push(0);
    zval made;
    array_init(&made);
    std::vector<zval*> places;
    zend_hash_real_init_mixed(Z_ARR(made));
    zend_hash_extend(Z_ARR(made), 16, false);  // so that places stay
    for (; count > 0; count--) {
      const std::string text = characters();
      zval* place = add_name(Z_ARR(made), text);
      if (place == nullptr) continue;
      push_text(text);
      places.push_back(place);
    }
    buffers.ops[counted] = static_cast<std::int32_t>(places.size());
    for (zval* place : places) {
      zval element = value(depth);
      ZVAL_COPY_VALUE(place, &element);
    }
    return empty_or(made);
  }

  // A place for an element; null: the key is there already.
  static zval* add_name(zend_array* array, std::string_view name) {
    zval null;
    ZVAL_NULL(&null);
    zend_ulong index;
    if (ZEND_HANDLE_NUMERIC_STR(name.data(), name.size(), index)) return zend_hash_index_add(array, index, &null);
    return zend_hash_str_add(array, name.data(), name.size(), &null);
  }

  // Of JavaScript, nothing empty remembers anything.
  static zval empty_or(zval made) {
    if (zend_hash_num_elements(Z_ARR(made)) > 0) return made;
    zval_ptr_dtor(&made);
    ZVAL_EMPTY_ARRAY(&made);
    return made;
  }

  zval value(std::uint32_t depth) {
    zval value;
    switch (choices_.below(12)) {
      case 0:
        push(PackedValue::kNull);
        ZVAL_NULL(&value);
        break;
      case 1:
        push(PackedValue::kFalse);
        ZVAL_FALSE(&value);
        break;
      case 2:
        push(PackedValue::kTrue);
        ZVAL_TRUE(&value);
        break;
      case 3: {
        const auto number = static_cast<std::int32_t>(choices_.word(4));
        push(PackedValue::kInt32);
        push(number);
        ZVAL_LONG(&value, number);
        break;
      }
      case 4: {
        const std::uint64_t bits = choices_.word();
        push(PackedValue::kNumber);
        push_word(bits);
        double number;
        std::memcpy(&number, &bits, sizeof(number));
        ZVAL_DOUBLE(&value, number);
        break;
      }
      case 5: {
        const std::uint64_t number = choices_.word();
        push(PackedValue::kBigInt);
        push_word(number);
        ZVAL_LONG(&value, static_cast<zend_long>(number));
        break;
      }
      case 6:
      case 7: {
        const std::string text = characters();
        push_text(text);
        ZVAL_STRINGL(&value, text.data(), text.size());
        break;
      }
      case 8: {
        const std::string bytes = push_bytes();
        ZVAL_STRINGL(&value, bytes.data(), bytes.size());
        break;
      }
      case 9: {
        zend_object* chosen = enum_case(choices_.byte());
        push(PackedValue::kEnum);
        push_text("FuzzCase");
        push_text(Z_STRVAL_P(zend_enum_fetch_case_name(chosen)));
        ZVAL_OBJ_COPY(&value, chosen);
        break;
      }
      default: return array(depth + 1);
    }
    return value;
  }

  Choices& choices_;
  std::int32_t units_ = 0;
};

core::Slot& slot() {
  static auto* leaked = new core::Slot("fuzz");
  return *leaked;
}

// Everything that is done to a block that JavaScript has published; `expected` may be null.
void judge(core::BlockRef block, zend_array* expected, core::PackHistory& history) {
  check_block(*block);
  zend_array* root = php::snapshot_header(*block).root;
  if (expected != nullptr) require(same_arrays(root, expected), "PHP sees another value than JavaScript published");
  {
    core::Slot::Publication publication(slot());
    const php::SnapshotPlan plan = php::plan_snapshot(root, kLimit, publication.current());
    require(plan.problem.empty(), "a block that cannot be published");
    if (!plan.identical) {
      core::BlockRef again = php::write_snapshot(root, plan);
      check_block(*again);
      require(same_arrays(php::snapshot_header(*again).root, root), "laid out anew, it is another value");
      publication.publish(plan.sharing.kept_bytes() > 0 ? std::move(again) : std::move(block));
    }
  }
  core::PinSet pins;
  PackedValue packed;
  for (int time = 0; time < 2; time++) {
    require(php::pack_snapshot(slot(), pins, history, history.sequence(), packed), "nothing to pack");
  }
  if (expected == nullptr) return;  // its enums are of classes that do not exist
  const core::Block* current = pins.pin(slot()).block();
  zend_array* rebuilt = php::rebuild_snapshot(*current, php::Rebuild::everything);
  require(rebuilt != nullptr && same_arrays(rebuilt, expected), "what PHP gets is another value");
  zend_array_destroy(rebuilt);
}

core::BlockRef unpack(const Buffers& buffers, const char*& refused) {
  try {
    return php::unpack_snapshot({buffers.ops, buffers.text, buffers.bytes}, kLimit);
  } catch (const php::Malformed& malformed) {
    refused = malformed.what;
  } catch (const php::SnapshotTooLarge&) {
    refused = "too large";
  }
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  start_php();
  Choices choices(data, size);
  core::PackHistory history;
  const char* refused = nullptr;
  if (choices.below(2) == 0) {
    Buffers buffers;
    buffers.text = choices.bytes(choices.byte());
    buffers.bytes = choices.bytes(choices.byte());
    // Small words most of the time: operations, counts, lengths.
    while (!choices.over()) {
      const std::uint8_t word = choices.byte();
      buffers.ops.push_back(word < 250 ? word : static_cast<std::int32_t>(choices.word(4)));
    }
    core::BlockRef block = unpack(buffers, refused);
    if (block) judge(std::move(block), nullptr, history);
  } else {
    for (int version = 0; version < 4 && !choices.over(); version++) {
      Packer packer(choices);
      zval expected = packer.array(1);
      core::BlockRef block = unpack(packer.buffers, refused);
      require(static_cast<bool>(block), refused == nullptr ? "" : refused);
      judge(std::move(block), Z_ARR(expected), history);
      zval_ptr_dtor(&expected);
    }
  }
  core::Reclaimer::instance().collect();
  return 0;
}
