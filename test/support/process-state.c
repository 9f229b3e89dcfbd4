/* Tells on stderr what the process's locale is when it starts and ends, and each locale that is set for the process.
 * With SIDEKICK_TEST_UNSHARE, unshare() is refused. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void tell_start(void) { fprintf(stderr, "begins with %s\n", setlocale(LC_ALL, 0)); }
__attribute__((destructor)) static void tell_end(void) { fprintf(stderr, "ends with %s\n", setlocale(LC_ALL, 0)); }

char *setlocale(int category, const char *name) {
  char *(*real)(int, const char *) = (char *(*)(int, const char *))dlsym(RTLD_NEXT, "setlocale");
  if (name) fprintf(stderr, "sets %s\n", name);
  return real(category, name);
}

int unshare(int what) {
  if (getenv("SIDEKICK_TEST_UNSHARE")) {
    errno = EPERM;
    return -1;
  }
  return ((int (*)(int))dlsym(RTLD_NEXT, "unshare"))(what);
}
