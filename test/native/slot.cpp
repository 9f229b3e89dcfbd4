#include "core/slot.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "core/pins.h"

using namespace sidekick::core;

namespace {

constexpr std::size_t kBytes = 512;

BlockRef filled(unsigned char value) {
  auto block = Block::create(kBytes);
  std::memset(block->payload(), value, kBytes);
  return block;
}

bool publish(Slot& slot, unsigned char value) { return Slot::Publication(slot).publish(filled(value)); }

}  // namespace

TEST_CASE("V09 a pinned snapshot stays when it is superseded, and goes with the last pin") {
  Slot slot("name");
  PinSet pins;
  CHECK(pins.pin(slot).block() == nullptr);
  CHECK(publish(slot, 1));
  const Block* first = pins.pin(slot).block();
  CHECK_FALSE(publish(slot, 2));
  CHECK(Reclaimer::instance().superseded().snapshots == 1);
  CHECK(*reinterpret_cast<const unsigned char*>(first->payload()) == 1);
  CHECK(first->version == 1);
  CHECK(pins.pin(slot).block()->version == 2);
  pins.release_all();
  CHECK(Reclaimer::instance().superseded().snapshots == 0);
}

TEST_CASE("V12 a slot's word tells the size of its snapshot, rounded up a little, with what it shares") {
  for (std::size_t bytes = 1; bytes < std::size_t{1} << 24; bytes += 1 + bytes / 7) {
    BlockRef block = Block::create(bytes);
    block->tag = 3;
    const SlotWord word(*block);
    CHECK(word.block() == block.get());
    CHECK(word.tag() == 3);
    CHECK(word.bytes() >= bytes);
    CHECK(word.bytes() <= bytes + bytes / 512 + 1);
  }
  BlockRef shared = Block::create(1000);
  CHECK(SlotWord(*Block::create(1048, {shared})).bytes() == 2048);
}

TEST_CASE("V12 nobody's pin, nothing kept") {
  Slot slot("name");
  for (int turn = 0; turn < 100; turn++) publish(slot, static_cast<unsigned char>(turn));
  CHECK(Reclaimer::instance().superseded().snapshots == 0);
  CHECK(slot.version_word()->load() == 100);
}

TEST_CASE("V12 a pin set that ends lets go of everything it held, however much") {
  Slot slot("name");
  {
    PinSet pins;
    for (int turn = 0; turn < 200; turn++) {
      publish(slot, static_cast<unsigned char>(turn));
      pins.pin(slot);
    }
    CHECK(Reclaimer::instance().superseded().snapshots == 199);
    CHECK(Reclaimer::instance().superseded().bytes == 199 * kBytes);
  }
  CHECK(Reclaimer::instance().superseded().snapshots == 0);
}

TEST_CASE("V03 readers never see a mix, whatever the publisher does") {
  Slot slot("name");
  publish(slot, 0);
  std::atomic<bool> over{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; reader++) {
    readers.emplace_back([&] {
      PinSet pins;
      std::uint64_t last = 0;
      while (!over.load()) {
        for (int read = 0; read < 8; read++) {
          const Block* block = pins.pin(slot).block();
          const auto* bytes = reinterpret_cast<const unsigned char*>(block->payload());
          for (std::size_t index = 1; index < kBytes; index++) torn += bytes[index] != bytes[0];
          torn += block->version < last;
          last = block->version;
        }
        pins.release_all();
      }
    });
  }
  for (int turn = 1; turn <= 20'000; turn++) publish(slot, static_cast<unsigned char>(turn));
  over = true;
  for (auto& reader : readers) reader.join();
  CHECK(torn.load() == 0);
  CHECK(Reclaimer::instance().superseded().snapshots == 0);
}

TEST_CASE("J01 a watcher hears of one publish, and watches again for more") {
  Slot slot("name");
  auto port = std::make_shared<Port>([] {});
  slot.watch(port, 5);
  publish(slot, 1);
  publish(slot, 2);
  std::vector<Event> events;
  port->drain(events);
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == EventKind::vars_changed);
  CHECK(events[0].id == 5);
  slot.watch(port, 5);
  slot.unwatch(*port, 5);
  publish(slot, 3);
  events.clear();
  port->drain(events);
  CHECK(events.empty());
}

TEST_CASE("V12 a block that a newer snapshot shares costs nothing beyond it, and goes with the last that needs it") {
  Slot slot("name");
  PinSet pins;
  BlockRef first = filled(1);
  Block& base = *first;
  Slot::Publication(slot).publish(std::move(first));
  pins.pin(slot);
  const auto publish_on_base = [&] { Slot::Publication(slot).publish(Block::create(64, {BlockRef(base)})); };
  publish_on_base();
  CHECK(slot.current_bytes() == kBytes + 64);
  CHECK(Reclaimer::instance().superseded().snapshots == 1);
  CHECK(Reclaimer::instance().superseded().bytes == 0);  // what is pinned is current all the same
  publish_on_base();
  CHECK(Reclaimer::instance().superseded().snapshots == 1);  // nobody held the second
  publish(slot, 2);
  CHECK(Reclaimer::instance().superseded().bytes == kBytes);
  CHECK(*reinterpret_cast<const unsigned char*>(base.payload()) == 1);
  pins.release_all();
  CHECK(Reclaimer::instance().superseded().snapshots == 0);
  CHECK(slot.current_bytes() == kBytes);
}

TEST_CASE("V12 a shared block keeps what it shares in turn for its own readers only: no chain of all before it") {
  Slot slot("name");
  PinSet pins;
  publish(slot, 1);
  const auto publish_on_current = [&] {
    Slot::Publication publication(slot);
    publication.publish(Block::create(64, {BlockRef(*publication.current())}));
  };
  publish_on_current();
  const Block* second = pins.pin(slot).block();
  publish_on_current();
  Reclaimer::instance().collect();
  CHECK(second->shared().size() == 1);  // read still
  pins.release_all();
  CHECK(second->shared().empty());  // of the third now
  CHECK(slot.current_bytes() == 2 * 64);
}

TEST_CASE("V12 superseded snapshots are told by owner, each once for each, whoever else holds them") {
  Slot slot("name");
  int one = 0;
  int other = 0;
  PinSet first(&one);
  PinSet second(&other);
  publish(slot, 1);
  first.pin(slot);
  second.pin(slot);
  publish(slot, 2);
  second.pin(slot);
  publish(slot, 3);
  std::unordered_map<const void*, Superseded> by_owner;
  CHECK(Reclaimer::instance().superseded(&by_owner).bytes == 2 * kBytes);
  CHECK(by_owner[&one].snapshots == 1);
  CHECK(by_owner[&one].bytes == kBytes);
  CHECK(by_owner[&other].snapshots == 2);
  CHECK(by_owner[&other].bytes == 2 * kBytes);
}

TEST_CASE("V12 letting go of the last pin leaves the others") {
  Slot slot("name");
  PinSet pins;
  publish(slot, 1);
  for (int turn = 0; turn < 61; turn++) {  // over the end of a chunk and back
    const Block* kept = pins.pin(slot).block();
    publish(slot, 2);
    const Block* passing = pins.pin(slot).block();
    publish(slot, 3);
    pins.unpin_last(kept);  // not the last one: stays
    pins.unpin_last(passing);
  }
  CHECK(Reclaimer::instance().superseded().snapshots == 61);
}

TEST_CASE("V12 a slot that is withdrawn keeps its snapshot for those who read it, and for nobody else") {
  Slot slot("name");
  PinSet pins;
  publish(slot, 1);
  const Block* read = pins.pin(slot).block();
  slot.withdraw();
  CHECK(pins.pin(slot).block() == nullptr);
  CHECK(slot.version_word()->load() == 1);
  CHECK(*reinterpret_cast<const unsigned char*>(read->payload()) == 1);
  CHECK(Reclaimer::instance().superseded().snapshots == 1);
  pins.release_all();
  CHECK(Reclaimer::instance().superseded().snapshots == 0);
  slot.withdraw();
  publish(slot, 2);  // by a thread that was given up and came back
  CHECK(slot.current() == nullptr);
  CHECK(slot.version_word()->load() == 1);
}

TEST_CASE("V09 a slot that is withdrawn while it is read does not hide what is pinned after it") {
  Slot slot("name");
  publish(slot, 1);
  const BlockRef block = filled(2);
  SlotPlace place{0};
  std::atomic<bool> over{false};
  std::thread publisher([&] {
    while (!over) {
      place.store(SlotWord(*block).bits(), std::memory_order_seq_cst);
      place.store(0, std::memory_order_seq_cst);
    }
  });
  int hidden = 0;
  for (int turn = 0; turn < 20'000; turn++) {
    PinSet pins;
    for (int read = 0; read < 50; read++) pins.pin(place);
    pins.pin(slot);
    publish(slot, static_cast<unsigned char>(turn));
    if (Reclaimer::instance().superseded().snapshots != 1) hidden++;
  }
  over = true;
  publisher.join();
  CHECK(hidden == 0);
}
