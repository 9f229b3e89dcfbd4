// The calls of an HTTP exchange: the hot path. A call for an exchange that has ended meanwhile does nothing.
#include "core/exchange.h"

#include "core/runtime.h"
#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "node/events.h"

namespace sidekick::node {

namespace {

// (scope, exchange, worker, packed head, body bytes or undefined, more to come, descriptor of a file with the bytes
// before those or -1, how many): it goes to PHP with the next sendRequests()
void add_request(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  auto exchange = std::make_shared<core::Exchange>(environment.scope(to_uint32(info[0])), environment.port(),
                                                   to_uint32(info[1]), to_latin1(info[3]));
  if (const std::int32_t spool = to_int32(info[6]); spool >= 0) exchange->set_spool({spool, to_uint32(info[7])});
  if (!info[4].IsUndefined()) exchange->push_body(to_bytes(info[4]));
  if (!info[5].As<Napi::Boolean>().Value()) exchange->end_body();
  exchange->set_worker(to_int32(info[2]));
  environment.add_request(std::move(exchange));
}

// (): undefined, or [exchange, failure, …] of those that cannot be served
Napi::Value send_requests(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::of(env);
  Napi::Array failures;
  for (std::shared_ptr<core::Exchange>& exchange : environment.take_requests()) {
    if (exchange->aborted()) continue;
    const std::uint32_t id = exchange->id();
    const core::Failure failure = core::Runtime::instance().dispatch(std::move(exchange));
    if (!failure) continue;
    environment.remove_exchange(id);
    if (failures.IsEmpty()) failures = Napi::Array::New(env);
    failures.Set(failures.Length(), id);
    failures.Set(failures.Length(), failure_to_js(env, failure));
  }
  return failures.IsEmpty() ? env.Undefined() : failures;
}

// (exchange, bytes): false: wait for body_drained before giving more
Napi::Value push_body(const Napi::CallbackInfo& info) {
  core::Exchange* exchange = Environment::of(info.Env()).find_exchange(to_uint32(info[0]));
  return Napi::Boolean::New(info.Env(), exchange == nullptr || exchange->push_body(to_bytes(info[1])));
}

// (exchange)
void end_body(const Napi::CallbackInfo& info) {
  if (core::Exchange* exchange = Environment::of(info.Env()).find_exchange(to_uint32(info[0]))) exchange->end_body();
}

// (exchange): no event about it comes after this, but for those already under way
void abort(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const std::uint32_t id = to_uint32(info[0]);
  if (core::Exchange* exchange = environment.find_exchange(id)) {
    exchange->abort();
    core::Runtime::instance().withdraw(*exchange);  // makes room for one whose client is there
  }
  environment.remove_exchange(id);
}

// (exchange): whether it waited for a PHP thread, and none will take it now
Napi::Value withdraw(const Napi::CallbackInfo& info) {
  const core::Exchange* exchange = Environment::of(info.Env()).find_exchange(to_uint32(info[0]));
  return Napi::Boolean::New(info.Env(), exchange != nullptr && core::Runtime::instance().withdraw(*exchange));
}

// (exchange): milliseconds since a PHP thread took it; -1: none has
Napi::Value served_for(const Napi::CallbackInfo& info) {
  const core::Exchange* exchange = Environment::of(info.Env()).find_exchange(to_uint32(info[0]));
  const auto since = exchange == nullptr ? std::nullopt : exchange->served_since();
  if (!since) return Napi::Number::New(info.Env(), -1);
  const std::chrono::duration<double, std::milli> served = core::Clock::now() - *since;
  return Napi::Number::New(info.Env(), served.count());
}

// (exchange): its request has had its time
void stop_request(const Napi::CallbackInfo& info) {
  if (auto exchange = Environment::of(info.Env()).share_exchange(to_uint32(info[0]))) {
    core::Runtime::instance().stop_request(std::move(exchange));
  }
}

// (exchange, bytes)
void acknowledge(const Napi::CallbackInfo& info) {
  if (core::Exchange* exchange = Environment::of(info.Env()).find_exchange(to_uint32(info[0]))) {
    exchange->acknowledge(to_uint32(info[1]));
  }
}

}  // namespace

void add_exchange_calls(Napi::Env env, Napi::Object& exports) {
  exports.Set("addRequest", Napi::Function::New<add_request>(env, "addRequest"));
  exports.Set("sendRequests", Napi::Function::New<send_requests>(env, "sendRequests"));
  exports.Set("pushBody", Napi::Function::New<push_body>(env, "pushBody"));
  exports.Set("endBody", Napi::Function::New<end_body>(env, "endBody"));
  exports.Set("abort", Napi::Function::New<abort>(env, "abort"));
  exports.Set("withdraw", Napi::Function::New<withdraw>(env, "withdraw"));
  exports.Set("servedFor", Napi::Function::New<served_for>(env, "servedFor"));
  exports.Set("stopRequest", Napi::Function::New<stop_request>(env, "stopRequest"));
  exports.Set("acknowledge", Napi::Function::New<acknowledge>(env, "acknowledge"));
}

}  // namespace sidekick::node
