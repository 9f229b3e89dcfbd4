// umask() of scripts: a PHP thread's own, where the system lets it have one (engine.cpp). Where not, it is Node's and
// every thread's, and is read but never changed (contract W08).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "php/functions.h"
#include "php/thread_state.h"

extern "C" {
#include <ext/standard/basic_functions.h>
}

namespace sidekick::php {

namespace {

// Without setting it, as umask(2) would for a moment; -1: the system does not say.
int process_mask() {
  const int status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (status < 0) return -1;
  char text[1024];
  const ssize_t size = read(status, text, sizeof text - 1);
  close(status);
  if (size <= 0) return -1;
  text[size] = '\0';
  const char* const line = strstr(text, "\nUmask:");
  return line == nullptr ? -1 : static_cast<int>(strtol(line + strlen("\nUmask:"), nullptr, 8));
}

}  // namespace

}  // namespace sidekick::php

using namespace sidekick::php;

PHP_FUNCTION(sidekick_umask) {
  zend_long mask = 0;
  bool only_reads = true;
  ZEND_PARSE_PARAMETERS_START(0, 1)
  Z_PARAM_OPTIONAL
  Z_PARAM_LONG_OR_NULL(mask, only_reads)
  ZEND_PARSE_PARAMETERS_END();

  const ThreadState* state = thread_state();
  if (state == nullptr || !state->owns_file_mask) {
    if (!only_reads) {
      php_error_docref(nullptr, E_WARNING,
                       "refused: it would be the whole process's, unshare(CLONE_FS) is not allowed");
    }
    RETURN_LONG(process_mask());
  }
  // As PHP's own does: request shutdown sets it back to what BG(umask) says.
  const mode_t before = umask(0077);
  if (BG(umask) == -1) BG(umask) = static_cast<int>(before);
  umask(only_reads ? before : static_cast<mode_t>(mask & 0777));
  RETURN_LONG(before);
}
