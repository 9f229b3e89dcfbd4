// Events on their way to JavaScript: a batch is one flat array, `kEventStride` elements an event, because one array
// costs a fifth of an object per event:
//
//   kind, id, flags, head, body
//
//   done          operation, 0, result or undefined, undefined
//   failed        operation, 0, undefined, failure (as failure_to_js makes it)
//   response      exchange, flags of core::Event, packed head (latin1) or undefined, bytes: a latin1 string up to
//                 `kBodyAsString` (one write together with the head), a Buffer above, undefined when there are none
//                 To a message there is kAnswer (to be taken), or kLast with a failure in place of the bytes
//   body_drained  exchange
//   vars_changed  watch id
//   worker        0, level, event name, { scope, worker, instance, generation, failure? }
//   task          something is to be looked at with lookAtTasks()
//   script        operation, flags of core::Event
//   log           0, level, message, { scope, worker, instance, generation } or undefined
#pragma once

#include <napi.h>

#include <cstddef>
#include <string>
#include <vector>

#include "core/failure.h"
#include "core/port.h"

namespace sidekick::node {

inline constexpr std::uint32_t kEventStride = 5;
inline constexpr std::size_t kBodyAsString = 16 * 1024;

// Moves the bodies out of `events`.
napi_value events_to_js(napi_env env, std::vector<core::Event>& events);

// Takes the bytes over without copying them, where the host allows that.
napi_value to_buffer(Napi::Env env, std::string bytes);

// { code: 'ERR_SIDEKICK_…', message, attempts, exitStatus, lastError: { message, file, line } | null }
Napi::Object failure_to_js(Napi::Env env, const core::Failure& failure);
// null when PHP reported nothing.
Napi::Value last_error_to_js(Napi::Env env, const core::LastError& error);

}  // namespace sidekick::node
