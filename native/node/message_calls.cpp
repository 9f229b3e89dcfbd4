// The calls behind scope.sendMessage(): a message is an exchange without a request.
#include "core/exchange.h"
#include "core/runtime.h"
#include "node/arguments.h"
#include "node/calls.h"
#include "node/environment.h"
#include "node/events.h"
#include "node/packed.h"

namespace sidekick::node {

namespace {

// (scope, exchange, worker, ops, text, bytes): undefined, or the failure
Napi::Value send_message(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  core::BlockRef value;
  core::Failure failure =
      with_packed(info, 3, [&value](const php::PackedView& packed) { return php::unpack_block(packed, value); });
  if (failure) return failure_to_js(info.Env(), failure);
  const std::uint32_t id = to_uint32(info[1]);
  auto message =
      std::make_shared<core::Exchange>(environment.scope(to_uint32(info[0])), environment.port(), id, std::move(value));
  environment.add_exchange(message);
  message->set_worker(to_int32(info[2]));
  failure = core::Runtime::instance().dispatch(std::move(message));
  if (!failure) return info.Env().Undefined();
  environment.remove_exchange(id);
  return failure_to_js(info.Env(), failure);
}

// (exchange, sequence, scratch): the answer that has come, as packed_to_js() gives it; the exchange is over
Napi::Value take_answer(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const std::uint32_t id = to_uint32(info[0]);
  core::Exchange* message = environment.find_exchange(id);
  const core::BlockRef answer = message == nullptr ? core::BlockRef{} : message->take_answer();
  environment.remove_exchange(id);
  if (!answer) return info.Env().Undefined();
  php::pack_block(*answer, environment.values(), to_uint32(info[1]), environment.packed());
  return packed_to_js(environment, info[2]);
}

}  // namespace

void add_message_calls(Napi::Env env, Napi::Object& exports) {
  exports.Set("sendMessage", Napi::Function::New<send_message>(env, "sendMessage"));
  exports.Set("takeAnswer", Napi::Function::New<take_answer>(env, "takeAnswer"));
}

}  // namespace sidekick::node
