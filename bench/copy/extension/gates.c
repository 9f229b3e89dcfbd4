// Gates let threads take turns: each is a number that only grows; who awaits a turn sleeps until the gate has come that
// far. Waiting ends with an exception after a minute, so that a broken run cannot hang the process.
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "bench.h"

#include <zend_exceptions.h>

enum { kGates = 16, kPatience = 60 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // guards the turns
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static zend_long turns[kGates];

static bool parse(INTERNAL_FUNCTION_PARAMETERS, zend_long* gate, zend_long* turn) {
  ZEND_PARSE_PARAMETERS_START(2, 2)
  Z_PARAM_LONG(*gate)
  Z_PARAM_LONG(*turn)
  ZEND_PARSE_PARAMETERS_END_EX(return false);
  if (*gate >= 0 && *gate < kGates) return true;
  zend_argument_value_error(1, "must be a gate's number, from 0 to %d", kGates - 1);
  return false;
}

PHP_FUNCTION(bench_gate_open) {
  zend_long gate, turn;
  if (!parse(INTERNAL_FUNCTION_PARAM_PASSTHRU, &gate, &turn)) RETURN_THROWS();
  pthread_mutex_lock(&lock);
  turns[gate] = turn;
  pthread_cond_broadcast(&moved);
  pthread_mutex_unlock(&lock);
}

PHP_FUNCTION(bench_gate_await) {
  zend_long gate, turn;
  if (!parse(INTERNAL_FUNCTION_PARAM_PASSTHRU, &gate, &turn)) RETURN_THROWS();
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += kPatience;
  int error = 0;
  pthread_mutex_lock(&lock);
  while (turns[gate] < turn && error != ETIMEDOUT) error = pthread_cond_timedwait(&moved, &lock, &until);
  const bool open = turns[gate] >= turn;
  pthread_mutex_unlock(&lock);
  if (!open) zend_throw_exception(NULL, "nobody opened the gate", 0);
}
