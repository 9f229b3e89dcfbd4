#include "php/opcache.h"

#include <atomic>
#include <string>

#include "core/runtime.h"
#include "php/request_info.h"
#include "php/zend.h"

extern "C" {
extern zend_extension php_sidekick_opcache_entry;

// php-src-patches/*/0002 and 0003; opcache's own header pulls in all of opcache.
struct AccelNumbers {
  std::size_t memory, wasted_memory, free_memory;
  zend_ulong restarts;
  bool full, restart_pending;
};
extern bool (*zend_accel_may_restart)(int reason);
extern void (*zend_accel_scripts_discarded)(void);
bool zend_accel_restart_at_next_request(int reason);
bool zend_accel_get_numbers(AccelNumbers* numbers);
}

namespace sidekick::php {

namespace {

// Constant-initialised. relaxed: each is a value of its own.
std::atomic<std::uint64_t> resets;
std::atomic<bool> restarting;  // by restart_opcache(), which is alone inside then

// Called with opcache's lock held: no PHP, and nothing that could wait for another PHP thread.
bool may_restart(int reason) noexcept {
  if (restarting.load(std::memory_order_relaxed)) return true;
  core::Runtime::instance().report_restart_wanted(static_cast<core::RestartReason>(reason));
  return false;
}

void scripts_discarded() noexcept {
  resets.fetch_add(1, std::memory_order_relaxed);
  core::Runtime::instance().log(core::LogLevel::info,
                                "opcache_reset(): every script is compiled anew at its next include; " +
                                    std::to_string(opcache_numbers().wasted_bytes) + " bytes of opcache are wasted now",
                                nullptr);
}

// Runs a request without a script: its startup restarts opcache when that was scheduled, and drops what this thread
// holds from before a restart. No session is opened for it.
template <typename Body>
void run_empty_request(Body body) {
  clear_request_info();
  SG(request_info).no_headers = 1;
  zend_string* auto_start = zend_string_init(ZEND_STRL("session.auto_start"), false);
  zend_alter_ini_entry_chars(auto_start, ZEND_STRL("0"), PHP_INI_SYSTEM, PHP_INI_STAGE_ACTIVATE);
  zend_string_release(auto_start);
  zend_first_try {
    if (php_request_startup() == SUCCESS) body();
  }
  zend_end_try();
  zend_first_try { php_request_shutdown(nullptr); }
  zend_end_try();
  clear_request_info();
}

}  // namespace

void register_opcache() {
  resets.store(0);
  zend_accel_may_restart = may_restart;
  zend_accel_scripts_discarded = scripts_discarded;
  // An ini file may have loaded one of its own.
  if (zend_get_extension("Zend OPcache") == nullptr) zend_register_extension(&php_sidekick_opcache_entry, nullptr);
}

void enter_php(ThreadState& state) {
  if (state.inside) return;
  using Admission = core::RestartGate::Admission;
  core::RestartGate& gate = core::Runtime::instance().gate();
  // A classic thread that holds no exchange, and one of the script pool without a script, is being made or freed.
  const bool is_request = (state.kind() == core::PoolKind::classic && state.exchange) || state.run.script;
  gate.enter(is_request ? Admission::request : Admission::ordered);
  state.inside = true;
}

void leave_php(ThreadState& state) {
  core::RestartGate& gate = core::Runtime::instance().gate();
  state.restarts = gate.restarts();
  state.inside = false;
  gate.leave();
}

void forget_restarted_opcache(ThreadState& state) {
  if (state.restarts != core::Runtime::instance().gate().restarts()) run_empty_request([] {});
}

core::CacheNumbers restart_opcache(core::RestartReason reason) {
  restarting.store(true, std::memory_order_relaxed);
  if (zend_accel_restart_at_next_request(static_cast<int>(reason))) run_empty_request([] {});
  restarting.store(false, std::memory_order_relaxed);
  return opcache_numbers();
}

void discard_unwatched_scripts() {
  if (opcache_numbers().memory_bytes == 0 || INI_BOOL("opcache.validate_timestamps")) return;
  run_empty_request([] {
    auto* reset = static_cast<zend_function*>(zend_hash_str_find_ptr(CG(function_table), ZEND_STRL("opcache_reset")));
    zval result;
    ZVAL_UNDEF(&result);
    if (reset != nullptr) zend_call_known_function(reset, nullptr, nullptr, &result, 0, nullptr, nullptr);
    zval_ptr_dtor(&result);
  });
}

void look_at_files_again(ThreadState& state) {
  if (state.scope == nullptr) return;
  const core::TimePoint changed = state.scope->code_changed.load(std::memory_order_relaxed);
  if (changed > state.paths_known_since) {
    realpath_cache_clean();
    state.paths_known_since = core::Clock::now();
  }
  const std::chrono::seconds until_looked_at{INI_INT("opcache.revalidate_freq") + 1};
  if (changed == core::TimePoint::min() || core::Clock::now() > changed + until_looked_at) return;
  zend_string* key = zend_string_init(ZEND_STRL("opcache.revalidate_freq"), false);
  zend_alter_ini_entry_chars(key, ZEND_STRL("0"), PHP_INI_SYSTEM, PHP_INI_STAGE_RUNTIME);
  zend_string_release(key);
}

core::CacheNumbers opcache_numbers() {
  AccelNumbers numbers{};
  if (!zend_accel_get_numbers(&numbers)) return {};
  return {.memory_bytes = numbers.memory,
          .wasted_bytes = numbers.wasted_memory,
          .free_bytes = numbers.free_memory,
          .restarts = numbers.restarts,
          .resets = resets.load(std::memory_order_relaxed),
          .full = numbers.full};
}

}  // namespace sidekick::php
