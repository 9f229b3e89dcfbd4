/* Stands for another PHP in the process: before main() it gives libphp's sapi_module a name, the struct's first member. */
#include <dlfcn.h>
#include <stdlib.h>

static char other[] = "other";

__attribute__((constructor)) static void pretend(void) {
  void *libphp = dlopen(getenv("SIDEKICK_TEST_LIBPHP"), RTLD_NOW | RTLD_GLOBAL);
  char **name = libphp ? dlsym(libphp, "sapi_module") : NULL;
  if (!name) abort();
  *name = other;
}
