// What scripts without a client print goes to the log, line by line, labelled with who printed it.
#pragma once

#include <string_view>

#include "php/thread_state.h"

namespace sidekick::php {

void write_output_lines(ThreadState& state, std::string_view text);
void flush_output_lines(ThreadState& state);  // an unfinished last line too

}  // namespace sidekick::php
