// How a session ends. Its lock must go with its request, whatever the script's own handler does: a file that stays open
// keeps every later request of that session waiting. And between two requests of an HTTP worker nothing may stay: an id
// left behind is somebody else's login.
#pragma once

#include "php/uncaught.h"

namespace sidekick::php {

// Writes and closes the session, if one is open. May run user code, whose outcome is returned.
Outcome close_session();

// Does that, and puts the module into the state of a fresh request; save handlers that the script registered at boot
// stay (session's own RSHUTDOWN would drop them).
Outcome reset_session();

}  // namespace sidekick::php
