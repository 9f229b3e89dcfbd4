// PHP as a whole: module startup and shutdown on the runtime's main thread, and the life of a PHP thread.
#include "php/engine.h"

#include <sched.h>

#include <atomic>

#include "core/runtime.h"
#include "php/command_line.h"
#include "php/functions.h"
#include "php/interrupt.h"
#include "php/locale.h"
#include "php/opcache.h"
#include "php/sapi.h"
#include "php/serve.h"
#include "php/server_variables.h"
#include "php/thread_state.h"
#include "php/zend.h"

ZEND_TSRMLS_CACHE_DEFINE()

namespace sidekick::php {

namespace {

class PhpEngine final : public core::Engine {
 public:
  std::string start_up(const core::RuntimeOptions& options) override {
    if (sapi_module.name != nullptr && !ours_) {
      return std::string("another PHP (SAPI '") + sapi_module.name +
             "') lives in this process already; php-sidekick needs to be the only one";
    }
    ours_ = true;
#if PHP_VERSION_ID >= 80300
    const bool started = php_tsrm_startup_ex(static_cast<int>(options.threads + 16));
#else
    const bool started = php_tsrm_startup();  // its table grows with the threads
#endif
    if (!started) return "PHP's thread-safe resource manager did not start";
    ZEND_TSRMLS_CACHE_UPDATE();
    sapi_module_struct& module = sapi();
    // What PHP has to say while it starts goes to the log; displaying it would write to Node's own descriptors.
    ini_entries_ = "display_startup_errors=0\n" + options.ini_entries;
    ini_file_ = options.ini_file;
    sapi_startup(&module);  // takes a copy, without ini_entries
    sapi_module.ini_entries = ini_entries_.data();
    sapi_module.php_ini_path_override = ini_file_.empty() ? nullptr : ini_file_.data();
    const ProcessLocale keep;
    if (sapi_module.startup(&sapi_module) != SUCCESS) {
      sapi_shutdown();
      tsrm_shutdown();
      return "PHP did not start: a module failed to load; see the log";
    }
    remember_process_environment(options.env);
    return {};
  }

  void shut_down() override {
    php_module_shutdown();
    sapi_shutdown();
    tsrm_shutdown();
    sapi_module.name = nullptr;
    ours_ = false;
  }

  void serve(core::Instance& instance) override {
    // On the heap: PHP bails out by longjmp, past the destructors of frames.
    const auto state = std::make_unique<ThreadState>(instance);
    set_thread_state(state.get());
    attach(*state);
    while (auto run = instance.next_run()) {
      begin_run(*state, std::move(*run));
      core::RunReport report = serve_run(*state);
      if (!state->healthy) {  // request shutdown itself failed: give this thread's PHP a fresh start
        detach(*state);
        attach(*state);
      }
      state->run = {};
      core::Runtime::instance().report_run_ended(instance, std::move(report));
    }
    detach(*state);
    set_thread_state(nullptr);
  }

  core::CacheNumbers restart_cache(core::RestartReason reason) override { return restart_opcache(reason); }
  core::CacheNumbers cache_numbers() override { return opcache_numbers(); }
  void expect_new_code() override { discard_unwatched_scripts(); }

  void interrupt(core::Instance& instance, const core::Interruption& interruption) override {
    interrupt_thread(instance, interruption);
  }

 private:
  void attach(ThreadState& state) {
    // umask() of a script becomes this thread's own affair (contract W08); chdir() never leaves PHP.
    state.owns_file_mask = unshare(CLONE_FS) == 0;
    if (!state.owns_file_mask && !told_unshare_.exchange(true)) {
      core::Runtime::instance().log(core::LogLevel::warn,
                                    "unshare(CLONE_FS) is refused here: umask() in a script will be, too", nullptr);
    }
    state.locale.begin();
    enter_php(state);
    ts_resource(0);
    ZEND_TSRMLS_CACHE_UPDATE();
    if (state.is_script()) become_command_line();
    leave_php(state);
    become_interruptible(state);
  }

  void detach(ThreadState& state) {
    end_interruptible(state);
    enter_php(state);
    if (state.healthy) forget_restarted_opcache(state);  // else it has been inside since its last request started
    if (state.is_script()) leave_command_line();
    ts_free_thread();
    state.healthy = true;
    leave_php(state);
    state.vars.release();
    state.tasks.release();
  }

  static void begin_run(ThreadState& state, core::Run run) {
    state.run = std::move(run);
    state.healthy = true;
    state.reached_ready = false;
    state.worked = false;
    state.in_handler = false;
    state.run_requests = 0;
    state.last_error = {};
    forget_handle(state);
  }

  static core::RunReport serve_run(ThreadState& state) {
    switch (state.kind()) {
      case core::PoolKind::classic: return serve_classic(state);
      case core::PoolKind::http_worker: return serve_http_worker(state);
      case core::PoolKind::background: return serve_background(state);
      case core::PoolKind::script: return serve_script(state);
    }
    return {};
  }

  std::atomic<bool> told_unshare_{false};
  bool ours_ = false;
  std::string ini_entries_;  // sapi_module points into these while PHP runs
  std::string ini_file_;
};

}  // namespace

core::Engine& engine() {
  static auto* leaked = new PhpEngine;
  return *leaked;
}

std::string version() { return PHP_VERSION; }

}  // namespace sidekick::php
