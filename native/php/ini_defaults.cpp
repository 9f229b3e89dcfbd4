#include "php/ini_defaults.h"

#include <string_view>
#include <utility>

namespace sidekick::php {

namespace {

constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {
    // With it on, `/?--env=dev` is a command line to whatever reads $_SERVER['argv'] (CVE-2024-50340 of Symfony,
    // CVE-2024-52301 of Laravel). Scripts that have arguments find them all the same (script.cpp, set_arguments()).
    {"register_argc_argv", "0"},
    // For a cache whose restarts need every script to leave.
    {"opcache.memory_consumption", "256"},
    {"opcache.interned_strings_buffer", "16"},
    {"opcache.max_accelerated_files", "20000"},
};

}  // namespace

void set_ini_defaults(HashTable* settings) {
  for (const auto& [name, value] : kDefaults) {
    zval text;
    ZVAL_NEW_STR(&text, zend_string_init(value.data(), value.size(), true));
    zend_hash_str_update(settings, name.data(), name.size(), &text);
  }
}

}  // namespace sidekick::php
