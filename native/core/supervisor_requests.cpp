// Requests that have had their time (contract W07). JavaScript has answered 504 already; what is left is to make the
// script end, in the same steps as a run that is ended by force. The thread stays: an HTTP worker's script is run
// again, a classic thread takes the next request; one that is abandoned is replaced.
#include "core/exchange.h"
#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

void Supervisor::stop_request(const std::shared_ptr<Exchange>& exchange, TimePoint now) {
  exchange->force();
  press(exchange, 0, now);
}

// Once the script has ended there is nobody to press. An interruption that comes late does nothing: it is for this
// exchange only.
void Supervisor::press(const std::shared_ptr<Exchange>& exchange, std::uint32_t attempt, TimePoint now) {
  Instance* server = exchange->server();
  if (server == nullptr) return;
  Life& life = *lives_.at(server);
  if (life.gone || life.force_source->stop_requested()) return;  // its run is being ended, by force()
  const Milliseconds pressed = attempt * kForceInterval;
  if (pressed >= kForceBound + kShutdownBound) {
    abandon(life, now);
    return;
  }
  host_.interrupt(*server, {.attempt = attempt, .everything = pressed >= kForceBound, .only = exchange.get()});
  timers_.at(now + kForceInterval, [this, exchange, attempt](TimePoint due) { press(exchange, attempt + 1, due); });
}

}  // namespace sidekick::core
