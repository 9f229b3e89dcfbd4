// A snapshot as Zend sees it: one core::Block that holds a whole array, laid out so that the engine of any thread can
// use it as its own value without a copy and without ever writing to it.
//
//   payload ──► SnapshotHeader | zend_array (root) | its table | zend_string … | zend_array | …
//
// - Arrays are GC_IMMUTABLE with refcount 2 (with 1 the engine writes in place), and their elements carry no refcounted
//   flag: every reader's write separates first. Iterator position, nNumUsed, nNextFreeElement and packed layout are the
//   original's.
// - Strings are flagged interned but not permanent: the contract of the engine's own request-interned strings, valid
//   until zend_interned_strings_deactivate() at the end of php_request_shutdown(). Whoever keeps one longer copies it.
//   Their hashes are computed beforehand. Nothing points into opcache's memory or anybody else's.
// - Enum cases are objects of one thread and cannot be shared: they stand as kEnumCase (an IS_PTR to two strings), the
//   arrays above them are marked, and a reader gets those arrays rebuilt (once per thread and version).
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

inline constexpr std::uint32_t kDeepest = 256;  // levels of arrays: 700 overflow a thread's stack (design.md, trap 11)

inline const SnapshotHeader& snapshot_header(const core::Block& block) {
  return *reinterpret_cast<const SnapshotHeader*>(block.payload());
}

// The mark of an array that has an enum case somewhere below; a byte of zend_array that the engine leaves alone. Such
// arrays never reach a script.
inline bool holds_enums(const zend_array* array) { return array->u.v._unused2 != 0; }
inline void mark_holds_enums(zend_array* array) { array->u.v._unused2 = 1; }

}  // namespace sidekick::php
