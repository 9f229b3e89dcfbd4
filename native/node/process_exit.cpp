#include "node/process_exit.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "core/runtime.h"

namespace sidekick::node {

namespace {

std::atomic<bool> exiting{false};   // trivially destructible, both: usable until the very end
std::atomic<bool> stranded{false};  // threads are left that still run in PHP

void on_process_exit(int status, void*) {
  if (!exiting.load()) stop_for_exit(kExitBound);
  if (!stranded.load()) return;
  std::fflush(stdout);
  std::fflush(stderr);
  _exit(status);
}

}  // namespace

void arm_exit_handler() { on_exit(on_process_exit, nullptr); }

void stop_for_exit(core::Milliseconds bound) {
  exiting.store(true);
  if (!core::Runtime::instance().stop_for_exit(bound)) stranded.store(true);
}

bool process_is_exiting() { return exiting.load(); }

}  // namespace sidekick::node
