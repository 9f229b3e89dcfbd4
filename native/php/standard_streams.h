// php://stdin, php://stdout and php://stderr. The process's own belong to Node: what a script writes goes to the log
// line by line, labelled with who wrote it, and its input is empty (contract L07). A script of runtime.run() has
// streams of its own instead, whose other ends JavaScript has (contract J08).
#pragma once

namespace sidekick::php {

// In a module's MINIT: takes the place of PHP's own, for all scripts. False: PHP's are not there.
bool register_standard_streams();

// STDIN, STDOUT and STDERR for the script that is about to run, as on a command line.
void define_standard_streams();

}  // namespace sidekick::php
