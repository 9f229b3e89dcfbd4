// Reading the arguments of a call. JavaScript has checked them (lib/options.ts): these convert, and a wrong type is a
// TypeError from Node-API itself, never undefined behaviour.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"

namespace sidekick::node {

std::string to_text(const Napi::Value& value);    // UTF-8
std::string to_latin1(const Napi::Value& value);  // a "binary" string: one byte a character
std::string to_bytes(const Napi::Value& value);   // a Uint8Array's content
std::uint32_t to_uint32(const Napi::Value& value);
std::int32_t to_int32(const Napi::Value& value);
core::Milliseconds to_milliseconds(const Napi::Value& value);
std::vector<std::string> to_texts(const Napi::Value& value);
core::Environment to_environment(const Napi::Value& value);  // [name, value, name, value, …]

// [file, name, background, num, maxThreads, maxConsecutiveFailures, maxRequests, recycle, taskQueue, env, args]
// each
std::vector<core::WorkerOptions> to_workers(const Napi::Value& value);

}  // namespace sidekick::node
