/* pthread_create() that fails for lack of threads: once the variable SIDEKICK_TEST_THREADS is set, after as many. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

typedef int (*create_function)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static int created;
static int allowed_before = -1; /* a new number starts a new count */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  const char *set = getenv("SIDEKICK_TEST_THREADS");
  if (set) {
    const int allowed = atoi(set);
    if (__atomic_exchange_n(&allowed_before, allowed, __ATOMIC_SEQ_CST) != allowed) created = 0;
    if (__atomic_fetch_add(&created, 1, __ATOMIC_SEQ_CST) >= allowed) return EAGAIN;
  }
  return ((create_function)dlsym(RTLD_NEXT, "pthread_create"))(thread, attributes, run, argument);
}
