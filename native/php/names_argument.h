// The arguments that the functions by worker name have in common: names and a timeout in seconds (contract E03).
#pragma once

#include "core/failure.h"
#include "core/options.h"
#include "core/scope.h"
#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

inline constexpr core::Milliseconds kDefaultWait{30'000};

// The calling thread's scope. Null: there is none, and a RuntimeException was thrown.
core::Scope* calling_scope(const ThreadState* state, const char* function);
// What `argument` holds: a list of names or one name. Any other type is refused, whether the script has strict types or
// not. False: an exception was thrown.
bool take_names(zval* argument, zend_array** names, zend_string** name);
// A copy of `names` without references, or a list of `name` alone; to be released by the caller. (User code that runs
// meanwhile, an autoloader, can change what a reference in the caller's array holds.)
zend_array* list_of_names(zend_array* names, zend_string* name);
// Every element a string, none empty, none with a NUL byte, none twice, at least one. False: an exception was thrown.
bool check_names(zend_array* names);
// Not negative, not NaN. False: an exception was thrown.
bool check_timeout(std::uint32_t argument, bool is_null, double seconds);
// Null: the default.
core::Milliseconds to_milliseconds(const double* seconds);
// True: `failure` is one, and has been thrown as RuntimeException.
bool throw_failure(const core::Failure& failure);

}  // namespace sidekick::php
