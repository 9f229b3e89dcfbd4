// Classic mode: a script per request, on any thread of the shared pool.
#include "core/runtime.h"
#include "php/request_info.h"
#include "php/response.h"
#include "php/script.h"
#include "php/serve.h"

namespace sidekick::php {

namespace {

void handle(ThreadState& state) {
  core::Exchange& exchange = *state.exchange;
  const auto head = core::RequestHead::parse(exchange.packed_head());
  if (!head) {  // JavaScript packs heads; a bad one is a bug there, and must not become one here
    exchange.send(std::string("400\0", 4), "", core::Event::kHasHead | core::Event::kLast, state.run.force);
    return;
  }
  state.head = *head;
  state.scope = &exchange.scope();
  begin_response(state);
  state.environment.reset(&core::Runtime::instance().options().env, &exchange.scope().options().env, nullptr);
  set_request_info(state);
  run_script(state, state.head.script_filename.data());
  finish_response(state);
  clear_request_info();
  state.scope = nullptr;
}

}  // namespace

core::RunReport serve_classic(ThreadState& state) {
  become_ready(state);
  while ((state.exchange = state.instance.pool().queue().take(state.run.drain))) {
    state.instance.begin_request(state.exchange);
    state.service.begin(state);
    if (!state.exchange->aborted()) handle(state);  // asked once it can be found: see Runtime::stop_request()
    state.service.end(state);
    state.exchange.reset();
    state.head = {};
    state.instance.requests.fetch_add(1, std::memory_order_relaxed);
    state.instance.end_request();
    if (!state.healthy) break;  // the supervisor runs this thread again, with a fresh PHP
  }
  return {.exit_status = 0, .reached_ready = true, .worked = true};
}

}  // namespace sidekick::php
