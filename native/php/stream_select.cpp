// stream_select() on poll(2), in place of PHP's own, whose select(2) stops at descriptor 1023: Node has thousands open,
// and a background worker must hear that it has to stop whatever its handle's number is (contract H05). Behaves as
// PHP's documentation says of the original in every other way, its errors and messages included; what it does with the
// arrays is that of https://github.com/php/php-src/blob/PHP-8.4/ext/standard/streamsfuncs.c
//
// Everything here lives in request memory: a warning's handler may bail out of any frame.
#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "php/functions.h"
#include "php/zend.h"

namespace sidekick::php {

namespace {

constexpr short kReadable = POLLIN | POLLHUP | POLLERR;  // reading will not block: data, the end, an error
constexpr short kWritable = POLLOUT | POLLHUP | POLLERR;
constexpr short kExceptional = POLLPRI;

struct Poll {
  pollfd* entries;
  nfds_t count;
  int highest;  // descriptor, for the message
};

// The stream's descriptor to wait on; -1: it has none, or is not a stream, as was told by a warning.
int descriptor_of(zval* element) {
  ZVAL_DEREF(element);
  php_stream* stream;
  php_stream_from_zval_no_verify(stream, element);
  if (stream == nullptr) return -1;
  int descriptor = -1;
  if (php_stream_cast(stream, PHP_STREAM_AS_FD_FOR_SELECT | PHP_STREAM_CAST_INTERNAL,
                      reinterpret_cast<void**>(&descriptor), 1) != SUCCESS) {
    return -1;
  }
  return descriptor;
}

// Adds one entry per element, of descriptor -1 (which poll() passes over) where there is nothing to wait for. True: at
// least one can be waited for.
bool add(Poll& poll, zend_array* array, short events) {
  if (array == nullptr) return false;
  bool any = false;
  zval* element;
  ZEND_HASH_FOREACH_VAL(array, element) {
    const int descriptor = descriptor_of(element);
    poll.entries[poll.count++] = {.fd = descriptor, .events = events, .revents = 0};
    if (descriptor > poll.highest) poll.highest = descriptor;
    any = any || descriptor >= 0;
  }
  ZEND_HASH_FOREACH_END();
  return any;
}

// Gives the script's variable those elements of the array it passed for which `keep` says so, with their keys.
template <typename Keep>
zend_long keep_elements(zval* variable, zend_array* passed, const Keep& keep) {
  if (variable == nullptr) return 0;
  zend_array* kept = zend_new_array(0);
  zend_ulong index;
  zend_string* key;
  zval* element;
  ZEND_HASH_FOREACH_KEY_VAL(passed, index, key, element) {
    if (!keep(element)) continue;
    zval* added = key == nullptr ? zend_hash_index_update(kept, index, element) : zend_hash_update(kept, key, element);
    zval_add_ref(added);
  }
  ZEND_HASH_FOREACH_END();
  zval_ptr_dtor(variable);
  ZVAL_ARR(variable, kept);
  return zend_hash_num_elements(kept);
}

// What PHP has read ahead is readable without asking the system.
bool has_buffered(zval* element) {
  ZVAL_DEREF(element);
  php_stream* stream;
  php_stream_from_zval_no_verify(stream, element);
  return stream != nullptr && stream->writepos - stream->readpos > 0;
}

bool any_buffered(zend_array* array) {
  if (array == nullptr) return false;
  zval* element;
  ZEND_HASH_FOREACH_VAL(array, element) {
    if (has_buffered(element)) return true;
  }
  ZEND_HASH_FOREACH_END();
  return false;
}

void empty(zval* array) {
  if (array == nullptr) return;
  zval_ptr_dtor(array);
  ZVAL_EMPTY_ARRAY(array);
}

// As select() would: ready entries, 0 for none in time, -1 with errno.
int wait(const Poll& poll, const timespec* timeout) {
  const int ready = ppoll(poll.entries, poll.count, timeout, nullptr);
  for (nfds_t each = 0; ready > 0 && each < poll.count; each++) {
    if ((poll.entries[each].revents & POLLNVAL) != 0) {
      errno = EBADF;
      return -1;
    }
  }
  return ready;
}

// What the script passed, held: a stream wrapper written in PHP runs in between, and may change the script's variables.
struct Passed {
  zend_array* read;
  zend_array* write;
  zend_array* except;

  std::size_t size() const {
    std::size_t sum = 0;
    for (const zend_array* array : {read, write, except}) sum += array == nullptr ? 0 : zend_hash_num_elements(array);
    return sum;
  }
};

zend_array* hold(zval* variable) {
  if (variable == nullptr) return nullptr;
  GC_TRY_ADDREF(Z_ARR_P(variable));
  return Z_ARR_P(variable);
}

void release(Passed& passed, Poll& poll) {
  for (zend_array* array : {passed.read, passed.write, passed.except}) {
    if (array != nullptr) zend_array_release(array);
  }
  efree(poll.entries);
}

}  // namespace

}  // namespace sidekick::php

using namespace sidekick::php;

PHP_FUNCTION(sidekick_stream_select) {
  zval* read;
  zval* write;
  zval* except;
  zend_long seconds = 0;
  zend_long microseconds = 0;
  bool forever = false;
  bool no_microseconds = true;
  ZEND_PARSE_PARAMETERS_START(4, 5)
  Z_PARAM_ARRAY_EX2(read, 1, 1, 0)
  Z_PARAM_ARRAY_EX2(write, 1, 1, 0)
  Z_PARAM_ARRAY_EX2(except, 1, 1, 0)
  Z_PARAM_LONG_OR_NULL(seconds, forever)
  Z_PARAM_OPTIONAL
  Z_PARAM_LONG_OR_NULL(microseconds, no_microseconds)
  ZEND_PARSE_PARAMETERS_END();

  Passed passed{hold(read), hold(write), hold(except)};
  Poll poll{
      .entries = static_cast<pollfd*>(safe_emalloc(passed.size() + 1, sizeof(pollfd), 0)), .count = 0, .highest = 0};
  bool any = add(poll, passed.read, POLLIN);
  const nfds_t first_write = poll.count;
  any = add(poll, passed.write, POLLOUT) || any;
  const nfds_t first_except = poll.count;
  any = add(poll, passed.except, POLLPRI) || any;
  if (EG(exception) == nullptr) {
    if (!any) {
      zend_value_error("No stream arrays were passed");
    } else if (forever && microseconds != 0) {
      zend_argument_value_error(5, "must be null when argument #4 ($seconds) is null");
    } else if (!forever && seconds < 0) {
      zend_argument_value_error(4, "must be greater than or equal to 0");
    } else if (!forever && microseconds < 0) {
      zend_argument_value_error(5, "must be greater than or equal to 0");
    }
  }
  if (EG(exception) != nullptr) {
    release(passed, poll);
    RETURN_THROWS();
  }
  if (any_buffered(passed.read)) {
    empty(write);
    empty(except);
    const zend_long buffered = keep_elements(read, passed.read, has_buffered);
    release(passed, poll);
    RETURN_LONG(buffered);
  }

  constexpr zend_long kLongest = zend_long{1} << 40;  // seconds; nobody waits longer, and sums stay in range
  const timespec timeout{.tv_sec = std::min(seconds, kLongest) + microseconds / 1'000'000,
                         .tv_nsec = microseconds % 1'000'000 * 1000};
  if (wait(poll, forever ? nullptr : &timeout) < 0) {
    const int problem = errno;
    const int highest = poll.highest;
    release(passed, poll);
    php_error_docref(nullptr, E_WARNING, "Unable to select [%d]: %s (max_fd=%d)", problem, strerror(problem), highest);
    RETURN_FALSE;
  }
  const auto keep_ready = [&poll](zval* variable, zend_array* array, nfds_t first, short events) {
    nfds_t each = first;
    return keep_elements(variable, array, [&](zval*) { return (poll.entries[each++].revents & events) != 0; });
  };
  const zend_long ready = keep_ready(read, passed.read, 0, kReadable) +
                          keep_ready(write, passed.write, first_write, kWritable) +
                          keep_ready(except, passed.except, first_except, kExceptional);
  release(passed, poll);
  RETURN_LONG(ready);
}
