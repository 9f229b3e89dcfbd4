// Exceptions that nobody is left to catch: of a worker's callback, of output callbacks and session handlers that run
// when its request ends. They are told to the client or the log, as at the end of a script, and the worker lives on.
#pragma once

namespace sidekick::php {

// What waits to be caught is reported and gone: while it waits PHP calls no function. True: it was exit(), after which
// the script is to end.
bool report_uncaught();

}  // namespace sidekick::php
