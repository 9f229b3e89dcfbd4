#include "core/blocked_call.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace sidekick::core {

namespace {

struct Pair {
  std::array<int, 2> ends{};

  // 0: a pipe.
  explicit Pair(int type = SOCK_STREAM) {
    REQUIRE((type == 0 ? pipe(ends.data()) : socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data())) == 0);
  }
  ~Pair() {
    close(ends[0]);
    close(ends[1]);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
};

// A thread that waits, until shut_down_waited_sockets() or the test ends that.
class Waiter {
 public:
  explicit Waiter(std::function<void()> wait)
      : thread_([this, wait = std::move(wait)] {
          id_.store(gettid());
          wait();
        }) {
    while (id_.load() == 0 || !blocked_call(id_.load())) std::this_thread::yield();
  }
  ~Waiter() { thread_.join(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  pid_t id() const { return id_.load(); }
  // The descriptors it waits on, once they are what is expected: a thread also blocks in what leads there.
  bool waits_on(const std::vector<int>& expected) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
      const auto call = blocked_call(id());
      if (call && waited_descriptors(*call) == expected) return true;
      std::this_thread::yield();
    }
    return false;
  }

 private:
  std::atomic<pid_t> id_{0};
  std::thread thread_;
};

}  // namespace

TEST_CASE("L04 a thread blocked on a socket is woken by the end of the connection, whatever it waits with") {
  const Pair pair;
  const int socket = pair.ends[0];
  char byte = 0;
  std::function<void()> wait;
  SUBCASE("recv") {
    wait = [&] { CHECK(recv(socket, &byte, 1, 0) == 0); };
  }
  SUBCASE("read") {
    wait = [&] { CHECK(read(socket, &byte, 1) == 0); };
  }
  SUBCASE("poll") {
    wait = [&] {
      std::array<pollfd, 2> entries{{{-1, POLLIN, 0}, {socket, POLLIN, 0}}};
      CHECK(poll(entries.data(), entries.size(), -1) == 1);
    };
  }
  SUBCASE("select") {
    wait = [&] {
      fd_set set;
      FD_ZERO(&set);
      FD_SET(socket, &set);
      CHECK(select(socket + 1, &set, nullptr, nullptr, nullptr) == 1);
    };
  }
  const Waiter waiter(wait);
  CHECK(waiter.waits_on({socket}));
  CHECK(shut_down_waited_sockets(waiter.id()) == 1);
}

TEST_CASE("L04 what an epoll descriptor watches counts as waited on") {
  const Pair pair;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN, .data = {}};
  REQUIRE(epoll_ctl(epoll, EPOLL_CTL_ADD, pair.ends[0], &event) == 0);
  {
    const Waiter waiter([&] {
      epoll_event ready{};
      CHECK(epoll_wait(epoll, &ready, 1, -1) == 1);
    });
    CHECK(waiter.waits_on({pair.ends[0]}));
    CHECK(shut_down_waited_sockets(waiter.id()) == 1);
  }
  close(epoll);
}

TEST_CASE("L04 a datagram socket that is waited on hears a refusal") {
  const int silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int asking = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(bind(silent, generic, size) == 0);
  REQUIRE(getsockname(silent, generic, &size) == 0);
  REQUIRE(connect(asking, generic, size) == 0);
  {
    const Waiter waiter([&] {
      char byte = 0;
      CHECK(recv(asking, &byte, 1, 0) == -1);
      CHECK(errno == ECONNREFUSED);
    });
    CHECK(waiter.waits_on({asking}));
    CHECK(shut_down_waited_sockets(waiter.id()) == 1);
  }
  close(silent);
  close(asking);
}

TEST_CASE("L04 pipes, standard streams and threads that run are left alone") {
  {
    const Pair pipes(0);
    const Waiter waiter([&] {
      char byte = 0;
      CHECK(read(pipes.ends[0], &byte, 1) == 1);
    });
    CHECK(waiter.waits_on({pipes.ends[0]}));
    CHECK(shut_down_waited_sockets(waiter.id()) == 0);
    CHECK(write(pipes.ends[1], "x", 1) == 1);
  }
  CHECK(shut_down_waited_sockets(gettid()) == 0);

  const Pair sockets;
  const int standard = dup(STDIN_FILENO);
  REQUIRE(dup2(sockets.ends[0], STDIN_FILENO) == STDIN_FILENO);
  {
    const Waiter waiter([&] {
      char byte = 0;
      CHECK(recv(sockets.ends[0], &byte, 1, 0) == 1);
    });
    CHECK(waiter.waits_on({sockets.ends[0]}));
    CHECK(shut_down_waited_sockets(waiter.id()) == 0);
    CHECK(write(sockets.ends[1], "x", 1) == 1);
  }
  REQUIRE(dup2(standard, STDIN_FILENO) == STDIN_FILENO);
  close(standard);
}

TEST_CASE("L04 a poll set that has gone is an error, not a fault") {
  BlockedCall call;
  call.number = 271;  // ppoll on x86_64; on others a call that waits on nothing
  call.arguments = {1, 8, 0, 0, 0, 0};
  CHECK(waited_descriptors(call).empty());
  call.arguments[1] = ~0UL;
  CHECK(waited_descriptors(call).empty());
}

// One thread waits on sockets that it closes again at once; another takes over their numbers for sockets of its own,
// none of which may ever see an end.
TEST_CASE("L04 a descriptor's next owner is never touched") {
  std::atomic<bool> done{false};
  std::atomic<pid_t> id{0};
  std::atomic<unsigned> waits{0};
  std::thread victim([&] {
    id.store(gettid());
    while (!done.load()) {
      const Pair pair;
      pollfd entry{pair.ends[0], POLLIN, 0};
      poll(&entry, 1, 1);
      waits.fetch_add(1);
    }
  });
  std::atomic<unsigned> harmed{0};
  std::thread owner([&] {
    while (!done.load()) {
      std::vector<std::unique_ptr<Pair>> pairs;
      for (int each = 0; each < 4; each++) pairs.push_back(std::make_unique<Pair>());
      std::this_thread::yield();
      for (const auto& pair : pairs) {
        for (const int end : pair->ends) {
          pollfd entry{end, POLLIN, 0};
          if (poll(&entry, 1, 0) != 0) harmed.fetch_add(1);
        }
      }
    }
  });
  while (id.load() == 0) std::this_thread::yield();
  unsigned ended = 0;
  while (waits.load() < 2'000) ended += shut_down_waited_sockets(id.load());
  done.store(true);
  victim.join();
  owner.join();
  CHECK(harmed.load() == 0);
  CHECK(ended > 0);
}

}  // namespace sidekick::core
