#include "php/lasting_string.h"

#include <mutex>
#include <unordered_map>

namespace sidekick::php {

zend_string* lasting_string(std::string_view text) {
  struct Strings {
    std::mutex mutex;  // a leaf
    std::unordered_map<std::string_view, zend_string*> by_text;
  };
  static auto* const strings = new Strings;  // never freed: threads may outlive static destructors
  const std::lock_guard lock(strings->mutex);
  if (const auto found = strings->by_text.find(text); found != strings->by_text.end()) return found->second;
  zend_string* made = zend_string_init(text.data(), text.size(), true);
  zend_string_hash_val(made);
  GC_ADD_FLAGS(made, IS_STR_INTERNED | IS_STR_PERMANENT);
  strings->by_text.emplace(std::string_view(ZSTR_VAL(made), ZSTR_LEN(made)), made);
  return made;
}

}  // namespace sidekick::php
