// What the machine and the engine cost by themselves: an internal call that does nothing, a thread's own CPU clock,
// copying bytes, and waking another thread.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

// The parameters of a read by one name; does nothing with them.
PHP_FUNCTION(bench_noop) {
  zend_string* name;
  double timeout = 0;
  bool timeout_is_null = true;
  ZEND_PARSE_PARAMETERS_START(1, 2)
  Z_PARAM_STR(name)
  Z_PARAM_OPTIONAL
  Z_PARAM_DOUBLE_OR_NULL(timeout, timeout_is_null)
  ZEND_PARSE_PARAMETERS_END();
  (void)name;
  (void)timeout;
}

static zend_long now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (zend_long)time.tv_sec * 1000000000 + time.tv_nsec;
}

// CPU time of the calling thread, in nanoseconds.
PHP_FUNCTION(bench_thread_cpu) {
  ZEND_PARSE_PARAMETERS_NONE();
  RETURN_LONG(now(CLOCK_THREAD_CPUTIME_ID));
}

// Nanoseconds per memcpy() of so many bytes.
PHP_FUNCTION(bench_memcpy_floor) {
  zend_long bytes, times;
  ZEND_PARSE_PARAMETERS_START(2, 2)
  Z_PARAM_LONG(bytes)
  Z_PARAM_LONG(times)
  ZEND_PARSE_PARAMETERS_END();
  char* from = emalloc((size_t)bytes);
  char* to = emalloc((size_t)bytes);
  memset(from, 1, (size_t)bytes);
  memset(to, 2, (size_t)bytes);
  const zend_long started = now(CLOCK_MONOTONIC);
  for (zend_long time = 0; time < times; ++time) {
    memcpy(to, from, (size_t)bytes);
    __asm__ volatile("" : : "r"(to) : "memory");  // or the compiler sees that nobody looks
  }
  RETVAL_DOUBLE((double)(now(CLOCK_MONOTONIC) - started) / (double)times);
  efree(from);
  efree(to);
}

// A cache line a name, as any way of telling readers that a name has changed needs.
enum { kLines = 1024 };
static struct { _Alignas(64) zend_long value; } lines[kLines];

// Writes to every line, so that the other cores no longer have them.
PHP_FUNCTION(bench_lines_write) {
  ZEND_PARSE_PARAMETERS_NONE();
  for (int line = 0; line < kLines; ++line) {
    __atomic_store_n(&lines[line].value, lines[line].value + 1, __ATOMIC_RELEASE);
  }
}

// An empty call that looks at the next line.
PHP_FUNCTION(bench_line_read) {
  static __thread unsigned next;
  zend_string* name;
  double timeout = 0;
  bool timeout_is_null = true;
  ZEND_PARSE_PARAMETERS_START(1, 2)
  Z_PARAM_STR(name)
  Z_PARAM_OPTIONAL
  Z_PARAM_DOUBLE_OR_NULL(timeout, timeout_is_null)
  ZEND_PARSE_PARAMETERS_END();
  (void)name;
  (void)timeout;
  RETURN_LONG(__atomic_load_n(&lines[next++ % kLines].value, __ATOMIC_ACQUIRE));
}

typedef struct {
  pthread_mutex_t lock;  // guards turn
  pthread_cond_t moved[2];
  int turn;  // whose turn it is
  zend_long times;
} Table;

static void take_turns(Table* table, int side) {
  for (zend_long time = 0; time < table->times; ++time) {
    pthread_mutex_lock(&table->lock);
    while (table->turn != side) pthread_cond_wait(&table->moved[side], &table->lock);
    table->turn = 1 - side;
    pthread_cond_signal(&table->moved[1 - side]);
    pthread_mutex_unlock(&table->lock);
  }
}

static void* other_side(void* table) {
  take_turns(table, 1);
  return NULL;
}

// Nanoseconds for a signal to another thread and its answer, by two condition variables.
PHP_FUNCTION(bench_condvar_floor) {
  Table table = {PTHREAD_MUTEX_INITIALIZER, {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER}, 0, 0};
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_LONG(table.times)
  ZEND_PARSE_PARAMETERS_END();
  pthread_t other;
  if (pthread_create(&other, NULL, other_side, &table) != 0) {
    zend_throw_error(NULL, "no thread could be started");
    RETURN_THROWS();
  }
  const zend_long started = now(CLOCK_MONOTONIC);
  take_turns(&table, 0);
  pthread_join(other, NULL);
  RETURN_DOUBLE((double)(now(CLOCK_MONOTONIC) - started) / (double)table.times);
}
