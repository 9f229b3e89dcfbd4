#include "php/locale.h"

#include <langinfo.h>

#include <array>
#include <cstring>

#include "php/functions.h"
#include "php/thread_state.h"

extern "C" {
#include <ext/standard/basic_functions.h>
}

namespace sidekick::php {

namespace {

struct Category {
  int number;
  int mask;
  const char* name;
};

// In the order in which the C library writes them.
constexpr std::array<Category, 12> kCategories{{{LC_CTYPE, LC_CTYPE_MASK, "LC_CTYPE"},
                                                {LC_NUMERIC, LC_NUMERIC_MASK, "LC_NUMERIC"},
                                                {LC_TIME, LC_TIME_MASK, "LC_TIME"},
                                                {LC_COLLATE, LC_COLLATE_MASK, "LC_COLLATE"},
                                                {LC_MONETARY, LC_MONETARY_MASK, "LC_MONETARY"},
                                                {LC_MESSAGES, LC_MESSAGES_MASK, "LC_MESSAGES"},
                                                {LC_PAPER, LC_PAPER_MASK, "LC_PAPER"},
                                                {LC_NAME, LC_NAME_MASK, "LC_NAME"},
                                                {LC_ADDRESS, LC_ADDRESS_MASK, "LC_ADDRESS"},
                                                {LC_TELEPHONE, LC_TELEPHONE_MASK, "LC_TELEPHONE"},
                                                {LC_MEASUREMENT, LC_MEASUREMENT_MASK, "LC_MEASUREMENT"},
                                                {LC_IDENTIFICATION, LC_IDENTIFICATION_MASK, "LC_IDENTIFICATION"}}};

const Category* find_category(int number) {
  for (const Category& each : kCategories) {
    if (each.number == number) return &each;
  }
  return nullptr;
}

// Shared by all threads and never freed. What PHP sets when it starts (zend_reset_lc_ctype_locale()).
locale_t initial_locale() {
  static const locale_t made = [] {
    const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
    const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", plain);
    return utf8 == nullptr ? plain : utf8;
  }();
  return made;
}

const char* name_of(const Category& category, locale_t locale) {
  return nl_langinfo_l(_NL_LOCALE_NAME(category.number), locale);
}

// What "" stands for: the script's environment says, as the C library would ask the process's.
std::string name_in_environment(ThreadState& state, const Category& category) {
  for (const char* variable : {"LC_ALL", category.name, "LANG"}) {
    const std::string* value = state.environment.find(variable);
    if (value != nullptr && !value->empty()) return *value;
  }
  return "C";
}

bool set_from_environment(ThreadState& state, int number) {
  if (number != LC_ALL) return state.locale.set(number, name_in_environment(state, *find_category(number)).c_str());
  std::string all;
  for (const Category& each : kCategories) {
    all += (all.empty() ? "" : ";") + std::string(each.name) + "=" + name_in_environment(state, each);
  }
  return state.locale.set(LC_ALL, all.c_str());
}

// What PHP's own does beside. PCRE's tables go by ctype_string.
void remember_ctype(int number, const std::string& name) {
  if (number != LC_CTYPE && number != LC_ALL) return;
  if (BG(ctype_string) != nullptr) zend_string_release(BG(ctype_string));
  BG(ctype_string) = name == "C" ? nullptr : zend_string_init(name.data(), name.size(), false);
}

// Null: not such a locale, or an exception was thrown.
zend_string* try_locale(ThreadState& state, zend_long number, zval* value) {
  zend_string* wanted = zval_try_get_string(value);
  if (wanted == nullptr) return nullptr;
  const int category = static_cast<int>(number);
  const bool is_query = zend_string_equals_literal(wanted, "0");
  bool has = number == LC_ALL || (number == category && find_category(category) != nullptr);
  if (!is_query && ZSTR_LEN(wanted) >= 255 && category != LC_ALL) {
    php_error_docref(nullptr, E_WARNING, "Specified locale name is too long");
    has = false;
  } else if (has && !is_query) {
    has = ZSTR_LEN(wanted) == 0 ? set_from_environment(state, category) : state.locale.set(category, ZSTR_VAL(wanted));
  }
  zend_string_release(wanted);
  if (!has) return nullptr;
  if (!is_query) {
    zend_update_current_locale();
    remember_ctype(category, state.locale.name(LC_CTYPE));
  }
  const std::string& name = state.locale.name(category);
  return zend_string_init(name.data(), name.size(), false);
}

}  // namespace

ProcessLocale::ProcessLocale() : before_(setlocale(LC_ALL, nullptr)) {}

ProcessLocale::~ProcessLocale() {
  if (before_ != setlocale(LC_ALL, nullptr)) setlocale(LC_ALL, before_.c_str());
}

ThreadLocale::~ThreadLocale() {
  uselocale(LC_GLOBAL_LOCALE);
  if (own_ != nullptr) freelocale(own_);
}

void ThreadLocale::begin() { uselocale(initial_locale()); }

void ThreadLocale::reset() {
  if (own_ == nullptr) return;
  uselocale(initial_locale());
  freelocale(own_);
  own_ = nullptr;
}

bool ThreadLocale::set(int category, const char* name) {
  const locale_t base = duplocale(own_ == nullptr ? initial_locale() : own_);
  if (base == nullptr) return false;
  const int mask = category == LC_ALL ? LC_ALL_MASK : find_category(category)->mask;
  const locale_t made = newlocale(mask, name, base);
  if (made == nullptr) {  // and leaves the base as it was
    freelocale(base);
    return false;
  }
  uselocale(made);
  if (own_ != nullptr) freelocale(own_);
  own_ = made;
  return true;
}

const std::string& ThreadLocale::name(int category) {
  const locale_t locale = own_ == nullptr ? initial_locale() : own_;
  if (category != LC_ALL) return name_ = name_of(*find_category(category), locale);
  name_.clear();
  bool same = true;
  const char* const first = name_of(kCategories.front(), locale);
  for (const Category& each : kCategories) {
    const char* const name = name_of(each, locale);
    same = same && strcmp(first, name) == 0;
    name_ += (name_.empty() ? "" : ";") + std::string(each.name) + "=" + name;
  }
  if (same) name_ = first;
  return name_;
}

void reset_locale(ThreadState& state) {
  if (state.locale.is_initial()) return;
  state.locale.reset();
  if (BG(ctype_string) != nullptr) zend_string_release(BG(ctype_string));
  BG(ctype_string) = nullptr;
  zend_update_current_locale();
}

}  // namespace sidekick::php

using namespace sidekick::php;

PHP_FUNCTION(sidekick_setlocale) {
  zend_long category;
  zval* given;
  uint32_t count;
  ZEND_PARSE_PARAMETERS_START(2, -1)
  Z_PARAM_LONG(category)
  Z_PARAM_VARIADIC('+', given, count)
  ZEND_PARSE_PARAMETERS_END();

  ThreadState* state = thread_state();
  if (state == nullptr) RETURN_FALSE;
  for (uint32_t place = 0; place < count; place++) {
    zval* value = &given[place];
    if (Z_TYPE_P(value) != IS_ARRAY) {
      zend_string* set = try_locale(*state, category, value);
      if (set != nullptr) RETURN_STR(set);
      if (EG(exception) != nullptr) RETURN_THROWS();
      continue;
    }
    zval* element;
    ZEND_HASH_FOREACH_VAL(Z_ARRVAL_P(value), element) {
      zend_string* set = try_locale(*state, category, element);
      if (set != nullptr) RETURN_STR(set);
      if (EG(exception) != nullptr) RETURN_THROWS();
    }
    ZEND_HASH_FOREACH_END();
  }
  RETURN_FALSE;
}
