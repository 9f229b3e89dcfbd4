// Between two requests of an HTTP worker nothing of a session may stay: an id left behind is somebody else's login.
#pragma once

namespace sidekick::php {

// Writes and closes the session, if one is open, and puts the module into the state of a fresh request; save handlers
// that the script registered at boot stay (session's own RSHUTDOWN would drop them). May run user code.
void reset_session();

}  // namespace sidekick::php
