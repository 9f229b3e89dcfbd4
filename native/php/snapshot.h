// A snapshot as Zend sees it: one core::Block that holds a whole array, laid out so that the engine of any thread can
// use it as its own value without a copy and without ever writing to it.
//
//   payload ──► SnapshotHeader | ArrayNote | zend_array (root) | its table | zend_string … | ArrayNote | zend_array | …
//
// - Arrays are GC_IMMUTABLE with refcount 2 (with 1 the engine writes in place), and their elements carry no refcounted
//   flag: every reader's write separates first. Iterator position, nNumUsed, nNextFreeElement and packed layout are the
//   original's.
// - Strings are flagged interned but not permanent: the contract of the engine's own request-interned strings, valid
//   until zend_interned_strings_deactivate() at the end of php_request_shutdown(). Whoever keeps one longer copies it.
//   Nothing points into opcache's memory or anybody else's.
// - Keys have their hash, and so have short strings. The hash of a long one costs more than all the rest of its publish
//   and is hardly ever asked for; the engine stores it when it is, one aligned word, the same from every thread.
// - Enum cases are objects of one thread and cannot be shared: they stand as kEnumCase (an IS_PTR to two strings), the
//   arrays above them are marked, and a reader gets those arrays rebuilt (once per thread and version).
// - A subtree is contiguous, its array first. What the snapshot before had already may be pointed to instead of being
//   repeated (php/snapshot_sharing.h): such a pointer leads to a whole subtree or string in another block, never to one
//   that points out of its block in turn.
#pragma once

#include "core/block.h"
#include "php/zend.h"

namespace sidekick::php {

struct SnapshotHeader {
  zend_array* root;
  bool has_enums;
};

struct EnumCaseReference {
  zend_string* class_name;
  zend_string* case_name;
};

// Stands before each array of a block.
struct ArrayNote {
  std::uint64_t bytes : 48;   // of the subtree in this block, this note included
  std::uint64_t height : 15;  // levels of arrays, 1 for one without arrays in it
  std::uint64_t mixed : 1;    // something in the subtree is in another block
};
static_assert(sizeof(ArrayNote) == 8);

inline constexpr std::uint32_t kDeepest = 256;  // levels of arrays: 700 overflow a thread's stack (design.md, trap 11)
inline constexpr std::size_t kLongString = 1024;  // bytes; see above

// What may be read of a stored string's hash: that of a long one may be written by any reader at any time. 0: unknown.
inline zend_ulong settled_hash(const zend_string* string) {
  return ZSTR_LEN(string) <= kLongString ? ZSTR_H(string) : 0;
}

inline const SnapshotHeader& snapshot_header(const core::Block& block) {
  return *reinterpret_cast<const SnapshotHeader*>(block.payload());
}

// The tag of blocks whose root array can be told from the block's address: it is where the first array of a payload is,
// and needs no rebuilding. A reader on another core than the publisher's then touches nothing of the block.
inline constexpr std::uint8_t kRootInPlace = 1;
inline constexpr std::size_t kRootPlace = 16 + sizeof(ArrayNote);
static_assert(sizeof(SnapshotHeader) == 16);

inline zend_array* root_in_place(const core::Block* block) {
  const auto* bytes = reinterpret_cast<const std::byte*>(block) + core::Block::payload_offset() + kRootPlace;
  return const_cast<zend_array*>(reinterpret_cast<const zend_array*>(bytes));
}

// To be called when a block is complete.
inline void tag_root(core::Block& block) {
  const SnapshotHeader& header = snapshot_header(block);
  if (header.root == root_in_place(&block) && !header.has_enums) block.tag = kRootInPlace;
}

// Of an array that is in a block; not of the engine's own empty one.
inline ArrayNote& note_of(zend_array* array) { return reinterpret_cast<ArrayNote*>(array)[-1]; }
inline const ArrayNote& note_of(const zend_array* array) { return reinterpret_cast<const ArrayNote*>(array)[-1]; }

// The mark of an array that has an enum case somewhere below; a byte of zend_array that the engine leaves alone. Such
// arrays never reach a script.
inline bool holds_enums(const zend_array* array) { return array->u.v._unused2 != 0; }
inline void mark_holds_enums(zend_array* array) { array->u.v._unused2 = 1; }

// --- sizes in a block, all multiples of 8
// ------------------------------------------------------------------------------

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

inline constexpr std::size_t kArrayBytes = sizeof(ArrayNote) + aligned(sizeof(zend_array));  // without its table

inline std::size_t string_bytes(std::size_t length) { return aligned(_ZSTR_STRUCT_SIZE(length)); }
inline std::size_t string_bytes(const zend_string* string) { return string_bytes(ZSTR_LEN(string)); }

inline std::size_t table_bytes(const zend_array* array) {
  if (zend_hash_num_elements(array) == 0) return 0;
  return aligned(HT_IS_PACKED(array) ? HT_PACKED_USED_SIZE(array) : HT_USED_SIZE(array));
}

// Without elements and without a memory of any: the engine's own shared empty array stands for it.
inline bool is_plain_empty(const zend_array* array) {
  return zend_hash_num_elements(array) == 0 && array->nNextFreeElement == ZEND_LONG_MIN;
}

// --- laying values out
// -------------------------------------------------------------------------------------------------

// Makes a string of a block: `string` has string_bytes(length), its bytes are there. `hash`: 0 when it is not known;
// then it is computed for keys and short strings.
inline void finish_string(zend_string* string, std::size_t length, zend_ulong hash, bool is_key, bool valid_utf8) {
  GC_SET_REFCOUNT(string, 2);
  GC_TYPE_INFO(string) = GC_STRING | ((IS_STR_INTERNED | (valid_utf8 ? IS_STR_VALID_UTF8 : 0U)) << GC_FLAGS_SHIFT);
  ZSTR_LEN(string) = length;
  ZSTR_VAL(string)[length] = '\0';
  // A guarded block cannot be written to later, so there is no later in it.
  if (hash == 0 && (is_key || length <= kLongString || core::Block::guarded()))
    hash = zend_inline_hash_func(ZSTR_VAL(string), length);
  ZSTR_H(string) = hash;
}

// Turns a copy of an array's header into that of a block's array: immutable, with keys that need no counting. Table,
// position and next index stay.
void make_immutable(zend_array* array, std::uint32_t packed_flag);
// And one without elements, which remembers its next index.
void make_immutable_empty(zend_array* array);

}  // namespace sidekick::php
