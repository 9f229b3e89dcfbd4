// The parts of a request that PHP wants to know before anything else: SG(request_info), and what is looked up in its
// head.
#pragma once

#include <string_view>

#include "php/thread_state.h"
#include "php/zend.h"

namespace sidekick::php {

// Points SG(request_info) into the exchange's packed head, which must stay while the request is under way.
void set_request_info(ThreadState& state);
void clear_request_info();

// The SAPI callback: the Cookie header.
char* read_cookies();

// The value of a header of the request under way; null: not sent. The name in lower case.
const std::string_view* find_header(const core::RequestHead& head, std::string_view lower_name);

// "http://host/path?query", as a client of a proxy asks, → "/path?query" (without its slash when there is no path); any
// other target is returned as it is.
std::string_view without_authority(std::string_view target);
// Of a request's target, without the mark.
std::string_view query_of(std::string_view target);

bool equals_ignoring_case(std::string_view text, std::string_view lower_text);

}  // namespace sidekick::php
