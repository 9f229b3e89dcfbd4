// What scripts without a client print goes to the log, line by line, labelled with who printed it.
#pragma once

#include <string_view>

#include "php/thread_state.h"

namespace sidekick::php {

// `lines`: where an unfinished last line waits, one for each thing that is written to.
void append_lines(ThreadState& state, LogLines& lines, std::string_view text);
void flush_lines(ThreadState& state, LogLines& lines);  // the unfinished one too

// What `echo` and its like print.
void write_output_lines(ThreadState& state, std::string_view text);
void flush_output_lines(ThreadState& state);

}  // namespace sidekick::php
