// Sharing by copying, as FrankenPHP does it: a publish copies the array into malloc's memory and swaps it in behind a
// read-write lock; a reader copies it into its request's memory, under the read lock, when the version is not the one
// it has. Strings and arrays that live as long as the process (interned, opcache's) are not copied, as there.
//
// The peer is given every advantage: no crossing into Go, and a table of a few names instead of a map.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#include <zend_exceptions.h>

typedef struct {
  char name[32];
  size_t length;
  pthread_rwlock_t lock;  // guards the two below
  uint64_t version;
  zval vars;
} Slot;

enum { kSlots = 16 };
static Slot slots[kSlots];
static size_t slots_used;                                       // written under slots_lock, read atomically
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;  // guards the making of slots

// What a request has of a slot.
typedef struct {
  uint64_t version;
  zval vars;
} Fetched;

static Slot* find_slot(const zend_string* name) {
  const size_t used = __atomic_load_n(&slots_used, __ATOMIC_ACQUIRE);
  for (size_t at = 0; at < used; ++at) {
    if (slots[at].length == ZSTR_LEN(name) && memcmp(slots[at].name, ZSTR_VAL(name), ZSTR_LEN(name)) == 0) {
      return &slots[at];
    }
  }
  return NULL;
}

static Slot* make_slot(const zend_string* name) {
  pthread_mutex_lock(&slots_lock);
  Slot* slot = find_slot(name);
  if (slot == NULL && slots_used < kSlots && ZSTR_LEN(name) < sizeof slot->name) {
    slot = &slots[slots_used];
    memcpy(slot->name, ZSTR_VAL(name), ZSTR_LEN(name));
    slot->length = ZSTR_LEN(name);
    pthread_rwlock_init(&slot->lock, NULL);
    ZVAL_UNDEF(&slot->vars);
    __atomic_store_n(&slots_used, slots_used + 1, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&slots_lock);
  return slot;
}

static zend_string* copy_string(zend_string* from, bool persistent) {
  if (ZSTR_IS_INTERNED(from)) return from;
  zend_string* to = zend_string_init(ZSTR_VAL(from), ZSTR_LEN(from), persistent);
  ZSTR_H(to) = ZSTR_H(from);
  return to;
}

static bool copy_value(zval* to, zval* from, bool persistent) {
  ZVAL_DEREF(from);
  switch (Z_TYPE_P(from)) {
    case IS_NULL:
    case IS_FALSE:
    case IS_TRUE:
    case IS_LONG:
    case IS_DOUBLE: ZVAL_COPY_VALUE(to, from); return true;
    case IS_STRING: {
      zend_string* string = copy_string(Z_STR_P(from), persistent);
      if (ZSTR_IS_INTERNED(string)) {
        ZVAL_INTERNED_STR(to, string);
      } else {
        ZVAL_NEW_STR(to, string);
      }
      return true;
    }
    case IS_ARRAY: break;
    default: ZVAL_UNDEF(to); return false;
  }
  zend_array* source = Z_ARRVAL_P(from);
  if (GC_FLAGS(source) & IS_ARRAY_IMMUTABLE) {
    ZVAL_ARR(to, source);
    Z_TYPE_INFO_P(to) = IS_ARRAY;
    return true;
  }
  zend_array* target = pemalloc(sizeof *target, persistent);
  zend_hash_init(target, zend_hash_num_elements(source), NULL, persistent ? NULL : ZVAL_PTR_DTOR, persistent);
  ZVAL_ARR(to, target);
  if (HT_IS_PACKED(source)) zend_hash_real_init_packed(target);
  bool copied = true;
  zend_ulong index;
  zend_string* key;
  zval* element;
  ZEND_HASH_FOREACH_KEY_VAL(source, index, key, element) {
    zval value;
    copied = copy_value(&value, element, persistent);
    if (!copied) break;
    if (key == NULL) {
      zend_hash_index_add_new(target, index, &value);
    } else {
      zend_string* own = copy_string(key, persistent);
      zend_hash_add_new(target, own, &value);
      zend_string_release(own);
    }
  }
  ZEND_HASH_FOREACH_END();
  return copied;
}

void bench_free_copy(zval* copy) {
  if (Z_TYPE_P(copy) == IS_STRING && !ZSTR_IS_INTERNED(Z_STR_P(copy))) {
    free(Z_STR_P(copy));
  } else if (Z_TYPE_P(copy) == IS_ARRAY && !(GC_FLAGS(Z_ARRVAL_P(copy)) & IS_ARRAY_IMMUTABLE)) {
    zval* element;
    ZEND_HASH_FOREACH_VAL(Z_ARRVAL_P(copy), element) { bench_free_copy(element); }
    ZEND_HASH_FOREACH_END();
    zend_hash_destroy(Z_ARRVAL_P(copy));
    free(Z_ARRVAL_P(copy));
  }
  ZVAL_UNDEF(copy);
}

static bool persistent_copy(zval* to, zval* vars) {
  if (copy_value(to, vars, true)) return true;
  bench_free_copy(to);
  zend_value_error("only null, bool, int, float, string and arrays of these can be copied");
  return false;
}

// The plainest publish there is: a copy; the one before it is freed.
PHP_FUNCTION(bench_deep_copy) {
  zval* vars;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_ARRAY(vars)
  ZEND_PARSE_PARAMETERS_END();
  zval copy;
  if (!persistent_copy(&copy, vars)) RETURN_THROWS();
  bench_free_copy(&BENCH_G(last_copy));
  ZVAL_COPY_VALUE(&BENCH_G(last_copy), &copy);
}

PHP_FUNCTION(bench_copy_store) {
  zend_string* name;
  zval* vars;
  ZEND_PARSE_PARAMETERS_START(2, 2)
  Z_PARAM_STR(name)
  Z_PARAM_ARRAY(vars)
  ZEND_PARSE_PARAMETERS_END();
  Slot* slot = find_slot(name);
  if (slot == NULL) slot = make_slot(name);
  if (slot == NULL) {
    zend_value_error("too many names, or too long a name");
    RETURN_THROWS();
  }
  zval copy, superseded;
  if (!persistent_copy(&copy, vars)) RETURN_THROWS();
  pthread_rwlock_wrlock(&slot->lock);
  ZVAL_COPY_VALUE(&superseded, &slot->vars);
  ZVAL_COPY_VALUE(&slot->vars, &copy);
  ++slot->version;
  pthread_rwlock_unlock(&slot->lock);
  bench_free_copy(&superseded);
}

PHP_FUNCTION(bench_copy_fetch) {
  zend_string* name;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_STR(name)
  ZEND_PARSE_PARAMETERS_END();
  Slot* slot = find_slot(name);
  if (slot == NULL) {
    zend_throw_exception(NULL, "nothing is stored under this name", 0);
    RETURN_THROWS();
  }
  Fetched* fetched = zend_hash_find_ptr(&BENCH_G(fetched), name);
  if (fetched == NULL) {
    fetched = ecalloc(1, sizeof *fetched);
    ZVAL_UNDEF(&fetched->vars);
    zend_hash_add_new_ptr(&BENCH_G(fetched), name, fetched);
  }
  pthread_rwlock_rdlock(&slot->lock);
  if (fetched->version != slot->version) {
    zval superseded;
    ZVAL_COPY_VALUE(&superseded, &fetched->vars);
    copy_value(&fetched->vars, &slot->vars, false);
    fetched->version = slot->version;
    pthread_rwlock_unlock(&slot->lock);
    zval_ptr_dtor(&superseded);
  } else {
    pthread_rwlock_unlock(&slot->lock);
  }
  RETURN_COPY(&fetched->vars);
}

void bench_forget_fetched(void) {
  Fetched* fetched;
  ZEND_HASH_FOREACH_PTR(&BENCH_G(fetched), fetched) {
    zval_ptr_dtor(&fetched->vars);
    efree(fetched);
  }
  ZEND_HASH_FOREACH_END();
  zend_hash_destroy(&BENCH_G(fetched));
}
