// The guard of V18 (core/block.h) is read from the environment once a process, so its test runs in a process of its
// own: this same program, asked for the one test that is skipped otherwise.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "core/pins.h"
#include "core/slot.h"

using namespace sidekick::core;

namespace {

// What the kernel says of an address, without a fault.
bool readable(const void* address) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const bool fine = write(ends[1], address, 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return fine;
}

bool writable(void* address) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const bool fine = write(ends[1], "w", 1) == 1 && read(ends[0], address, 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return fine;
}

BlockRef filled(unsigned char value) {
  BlockRef block = Block::create(100'000);
  std::memset(block->payload(), value, block->bytes());
  return block;
}

}  // namespace

TEST_CASE("V18 with the guard nobody writes to a published block or touches a released one" * doctest::skip()) {
  REQUIRE(Block::guarded());
  Slot slot("name");
  BlockRef block = filled('a');
  std::byte* payload = block->payload();
  CHECK(writable(payload));
  Slot::Publication(slot).publish(std::move(block));
  PinSet pins;
  pins.pin(slot);
  CHECK(readable(payload));
  CHECK(readable(payload + 99'999));
  CHECK_FALSE(writable(payload));
  CHECK_FALSE(writable(payload + 99'999));
  Slot::Publication(slot).publish(filled('b'));
  Reclaimer::instance().collect();
  CHECK(readable(payload));  // pinned
  pins.release_all();
  Reclaimer::instance().collect();
  CHECK_FALSE(readable(payload));
  CHECK_FALSE(readable(payload + 99'999));
  for (int turn = 0; turn < 100; turn++) {
    Slot::Publication(slot).publish(filled('c'));
    Reclaimer::instance().collect();
    CHECK(slot.current()->payload() != payload);
  }
  CHECK_FALSE(readable(payload));
}

TEST_CASE("V18 the guard, in a process that has it on") {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    setenv("PHP_SIDEKICK_GUARD_SNAPSHOTS", "1", 1);  // NOLINT(concurrency-mt-unsafe): one thread after fork()
    execl("/proc/self/exe", "native_tests", "--no-skip", "--minimal", "--test-case=V18 with the guard*", nullptr);
    _exit(127);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
