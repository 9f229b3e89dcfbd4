#include "core/blocked_call.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace sidekick::core {

namespace {

constexpr std::size_t kMostDescriptors = 65'536;  // of one call; arguments that say more are none

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

// Copies this process's memory, wherever it is; false: not all of it is there.
bool copy_memory(unsigned long from, void* into, std::size_t bytes) {
  const Descriptor memory(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  return memory.number() >= 0 &&
         pread(memory.number(), into, bytes, static_cast<off_t>(from)) == static_cast<ssize_t>(bytes);
}

// What a descriptor means: "socket:[123]", "pipe:[45]", a path. Asks no file system. Empty: nothing.
std::string meaning_of(int descriptor) {
  char target[128];
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t size = readlink(link.c_str(), target, sizeof target);
  return size <= 0 ? std::string{} : std::string(target, static_cast<std::size_t>(size));
}

// A datagram socket has no end that who waits on it would understand: the C library's name lookup spins on one that was
// shut down, until its own time is over. But a refusal is an error to all of them. So the socket is connected to
// another one of this machine, which takes datagrams from itself only, and sends it one.
bool refuse(int socket, sockaddr_storage& address, socklen_t size) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
  if (address.ss_family == AF_INET) {
    v4.sin_port = 0;
    if (v4.sin_addr.s_addr == htonl(INADDR_ANY)) v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else {
    v6.sin6_port = 0;
    if (IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr)) v6.sin6_addr = in6addr_loopback;
  }
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const Descriptor other(::socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return other.number() >= 0 && bind(other.number(), generic, size) == 0 &&
         getsockname(other.number(), generic, &size) == 0 && connect(other.number(), generic, size) == 0 &&
         connect(socket, generic, size) == 0 && send(socket, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) == 0;
}

bool end_connection(int socket) {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return false;
  sockaddr_storage own{};
  size = sizeof own;
  if (type == SOCK_DGRAM && getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
      (own.ss_family == AF_INET || own.ss_family == AF_INET6)) {
    return refuse(socket, own, size);
  }
  // ENOTCONN, of one that is about to be connected, wakes who waits as well.
  return shutdown(socket, SHUT_RDWR) == 0 || errno == ENOTCONN;
}

bool is_socket(std::string_view meaning) { return meaning.starts_with("socket:["); }

void add_polled(const BlockedCall& call, std::vector<int>& into) {
  const std::size_t count = call.arguments[1];
  if (count == 0 || count > kMostDescriptors) return;
  std::vector<pollfd> entries(count);
  if (!copy_memory(call.arguments[0], entries.data(), count * sizeof(pollfd))) return;
  for (const pollfd& entry : entries) {
    if (entry.fd >= 0) into.push_back(entry.fd);
  }
}

void add_selected(const BlockedCall& call, std::vector<int>& into) {
  constexpr std::size_t kBits = 8 * sizeof(unsigned long);
  const std::size_t count = call.arguments[0];
  if (count == 0 || count > kMostDescriptors) return;
  std::vector<unsigned long> bits((count + kBits - 1) / kBits);
  for (const unsigned long set : {call.arguments[1], call.arguments[2], call.arguments[3]}) {
    if (set == 0 || !copy_memory(set, bits.data(), bits.size() * sizeof(unsigned long))) continue;
    for (std::size_t each = 0; each < count; each++) {
      if ((bits[each / kBits] >> (each % kBits) & 1) != 0) into.push_back(static_cast<int>(each));
    }
  }
}

// What an epoll descriptor watches is told by its fdinfo: lines of "tfd:  7 events: …".
void add_watched(int epoll, std::vector<int>& into) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(epoll));
  for (std::string line; std::getline(info, line);) {
    int descriptor = -1;
    if (std::sscanf(line.c_str(), "tfd: %d", &descriptor) == 1 && descriptor >= 0) into.push_back(descriptor);
  }
}

}  // namespace

std::optional<BlockedCall> blocked_call(pid_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/syscall";
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return std::nullopt;
  char text[512];
  const ssize_t size = read(file.number(), text, sizeof text - 1);
  if (size <= 0) return std::nullopt;
  text[size] = '\0';
  BlockedCall call;
  auto& [a, b, c, d, e, f] = call.arguments;
  // "running", or number, six arguments, stack pointer, program counter; the number -1 is a thread that waits outside
  // any system call (a page fault) and has no arguments.
  const int read_values = std::sscanf(text, "%ld %lx %lx %lx %lx %lx %lx %lx %lx", &call.number, &a, &b, &c, &d, &e, &f,
                                      &call.stack, &call.counter);
  if (read_values != 9 || call.number < 0) return std::nullopt;
  return call;
}

std::vector<int> waited_descriptors(const BlockedCall& call) {
  std::vector<int> descriptors;
  switch (call.number) {
#ifdef SYS_poll
    case SYS_poll:
#endif
    case SYS_ppoll: add_polled(call, descriptors); break;
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6: add_selected(call, descriptors); break;
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
    case SYS_epoll_pwait: add_watched(static_cast<int>(call.arguments[0]), descriptors); break;
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_write:
    case SYS_writev:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_sendfile:  // to its first
    case SYS_connect:
    case SYS_accept:
    case SYS_accept4: descriptors.push_back(static_cast<int>(call.arguments[0])); break;
    default: break;
  }
  std::sort(descriptors.begin(), descriptors.end());
  descriptors.erase(std::unique(descriptors.begin(), descriptors.end()), descriptors.end());
  return descriptors;
}

unsigned shut_down_waited_sockets(pid_t thread) {
  const auto seen = blocked_call(thread);
  if (!seen) return 0;
  struct Held {
    int number;
    Descriptor duplicate;
    std::string meaning;
  };
  std::vector<Held> held;
  for (const int number : waited_descriptors(*seen)) {
    if (!is_socket(meaning_of(number))) continue;
    Descriptor duplicate(fcntl(number, F_DUPFD_CLOEXEC, 0));
    if (duplicate.number() < 0) continue;
    std::string meaning = meaning_of(duplicate.number());
    held.push_back({number, std::move(duplicate), std::move(meaning)});
  }
  if (held.empty()) return 0;

  const auto still = blocked_call(thread);
  if (still != seen) return 0;  // it has gone on; should it block again, there will be another look
  const std::vector<int> waited = waited_descriptors(*still);
  unsigned ended = 0;
  for (const Held& each : held) {
    // A call in the same place may be another one, on other sockets.
    if (!std::binary_search(waited.begin(), waited.end(), each.number) || meaning_of(each.number) != each.meaning)
      continue;
    const auto is_own = [&](int standard) { return meaning_of(standard) == each.meaning; };
    if (is_own(STDIN_FILENO) || is_own(STDOUT_FILENO) || is_own(STDERR_FILENO)) continue;
    if (end_connection(each.duplicate.number())) ended++;
  }
  return ended;
}

}  // namespace sidekick::core
