#include "php/opcache.h"

#include <array>
#include <atomic>
#include <string>

#include "core/runtime.h"
#include "php/zend.h"

extern "C" {
extern zend_extension php_sidekick_opcache_entry;
// Asked by opcache before it schedules a restart; see the patch.
extern bool (*zend_accel_may_restart)(int reason);
}

namespace sidekick::php {

namespace {

// zend_accel_restart_reason, whose header is opcache's own.
enum Reason : std::uint8_t { kOutOfMemory, kHashOverflow, kUser, kReasons };

std::array<std::atomic<bool>, kReasons> told;  // constant-initialised; each reason is logged once

// Called with opcache's lock held: no PHP, and nothing that could wait for another PHP thread.
bool may_restart(int reason) {
  if (reason < 0 || reason >= kReasons || told[static_cast<std::size_t>(reason)].exchange(true)) return false;
  const std::string setting = reason == kOutOfMemory ? "opcache.memory_consumption" : "opcache.max_accelerated_files";
  core::Runtime::instance().log(core::LogLevel::warn,
                                "opcache is full: what is in it stays in service, other scripts are compiled at each "
                                "include until the process is restarted; raise " +
                                    setting,
                                nullptr);
  return false;
}

}  // namespace

void register_opcache() {
  for (auto& each : told) each.store(false);
  zend_accel_may_restart = may_restart;
  // An ini file may have loaded one of its own.
  if (zend_get_extension("Zend OPcache") == nullptr) zend_register_extension(&php_sidekick_opcache_entry, nullptr);
}

}  // namespace sidekick::php
