// What another thread of this process is blocked on, and how to end that when neither a flag nor a signal does: PHP's
// streams, curl and database clients restart the call that a signal has ended, but the end of the connection is news to
// all of them. Linux tells the call under way (/proc/self/task/<id>/syscall); what its arguments point to is on another
// thread's stack, which may be gone by now, and is read through /proc/self/mem, where that is an error, not a fault.
//
// A descriptor is a number, and numbers are used again: between looking and acting the thread may have gone on, closed
// its socket, and the number may be Node's by now. So each socket is
//
//   seen waited on ─► duplicated ─► seen waited on again, in the same call ─► its number still means the duplicate ─►
//   shut down through the duplicate
//
// Whoever the number belongs to afterwards, the duplicate is the socket that the thread waits on. Any thread; no state.
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <vector>

namespace sidekick::core {

struct BlockedCall {
  long number = -1;  // of the system call
  std::array<unsigned long, 6> arguments{};
  unsigned long stack = 0;  // where the thread's stack and code were: the same call in the same place
  unsigned long counter = 0;

  bool operator==(const BlockedCall&) const = default;
};

// nullopt: the thread runs, has ended, or the system does not tell.
std::optional<BlockedCall> blocked_call(pid_t thread);

// The descriptors that the call waits on; empty for a call that waits on something else.
std::vector<int> waited_descriptors(const BlockedCall& call);

// Ends the connections that the thread waits on; a datagram socket's wait ends with ECONNREFUSED. Not those that are
// this process's standard streams as well. Returns how many were ended.
unsigned shut_down_waited_sockets(pid_t thread);

}  // namespace sidekick::core
