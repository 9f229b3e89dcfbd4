// From PHP's output layer to the exchange: head and body are gathered here, so that a small response is one event.
#pragma once

#include <string_view>

#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

void begin_response(ThreadState& state);
// PHP has decided on status and headers.
void set_response_head(ThreadState& state, const sapi_headers_struct& headers);
// Sends a 1xx with these headers, at once; the response itself is still to come. False: it has begun already.
bool send_information(ThreadState& state, const sapi_headers_struct& headers, int status);
// False: the client has gone.
bool write_response(ThreadState& state, std::string_view bytes);
// Passes on what is gathered. False: the client has gone.
bool flush_response(ThreadState& state);
// The response ends, as one that is not whole if part of it could not be passed on or its script was forced to leave in
// the middle of it; later writes are dropped.
void finish_response(ThreadState& state);

}  // namespace sidekick::php
