// A slot is where a name's snapshot is published and read. Slots are made once per name and never freed, so a pointer
// to one may be cached anywhere.
//
// Reading is one atomic load. The words that are loaded lie side by side, eight slots to a cache line: a script that
// goes through many names misses the cache an eighth as often. Publishing is serialised by the slot's mutex (the last
// writer of a pool wins) and never waits for readers. Lock order: Slot::mutex_, then Reclaimer::mutex_ or Port's (never
// both).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/block.h"
#include "core/port.h"

namespace sidekick::core {

// What a slot holds, and changes as one: a block's address, with its tag in the four low bits and its size in the
// sixteen high ones. So who reads a snapshot without looking into it does not touch the block at all, which another
// thread has just written: a miss of the cache, and for a large block of the page tables.
class SlotWord {
 public:
  static constexpr std::uintptr_t kTags = 16;  // malloc aligns to 16

  SlotWord() = default;
  explicit SlotWord(std::uintptr_t bits) : bits_(bits) {}
  explicit SlotWord(Block& block);

  Block* block() const { return reinterpret_cast<Block*>(bits_ & kAddress); }  // NOLINT(performance-no-int-to-ptr)
  std::uintptr_t tag() const { return bits_ & (kTags - 1); }
  // Of the block and of all that it shares, rounded up by at most 0.2 %.
  std::size_t bytes() const { return static_cast<std::size_t>((bits_ >> 48) & 0x3ff) << (bits_ >> 58); }
  std::uintptr_t bits() const { return bits_; }
  bool operator==(const SlotWord&) const = default;

 private:
  static constexpr std::uintptr_t kAddress = (std::uintptr_t{1} << 48) - kTags;

  std::uintptr_t bits_ = 0;
};

// Where a slot's word is. Eight slots share a cache line, and nothing else is in it.
using SlotPlace = std::atomic<std::uintptr_t>;

class Slot {
 public:
  explicit Slot(std::string name);

  const std::string& name() const { return name_; }

  // acquire: the block's contents were written before it was published.
  SlotWord word() const { return SlotWord(current_->load(std::memory_order_acquire)); }
  // Where the word is: valid for ever, for who wants to be spared the way through the slot.
  const SlotPlace& place() const { return *current_; }
  const Block* current() const { return word().block(); }

  // A word that grows by 1 per publish, 0 before the first; its address is stable for the life of the process, so
  // JavaScript maps it and sees a publish without a native call. (A double holds every integer up to 2^53.)
  const std::atomic<double>* version_word() const { return version_word_; }

  // Publishing: hold a Publication while comparing with the current snapshot and making the next one.
  class Publication {
   public:
    explicit Publication(Slot& slot) : slot_(slot), lock_(slot.mutex_) {}
    Block* current() const { return slot_.word().block(); }  // not superseded meanwhile
    bool is_withdrawn() const { return slot_.withdrawn_; }
    // Readers see `block` from now on; watchers are told. True: it was the slot's first. On a slot that was withdrawn
    // nothing happens.
    bool publish(BlockRef block);

   private:
    Slot& slot_;
    std::unique_lock<std::mutex> lock_;
  };

  // Nothing is published any more, and nothing will be: the scope is closed. Those who have the last snapshot pinned
  // keep it; the version stays.
  void withdraw();

  // The memory of the current snapshot.
  std::size_t current_bytes() const;

  // `port` gets one vars_changed(id) at the next publish; whoever wants another watches again. (One shot, so that a
  // thousand publishes while JavaScript is busy are one event.) Arm first, then look at the version: nothing is missed.
  // False: the slot is withdrawn, and nothing will ever come.
  bool watch(std::shared_ptr<Port> port, std::uint32_t id);
  void unwatch(const Port& port, std::uint32_t id);

 private:
  struct Watcher {
    std::shared_ptr<Port> port;
    std::uint32_t id;

    void tell() const;
  };

  const std::string name_;
  SlotPlace* const current_;                 // leaked with the slot
  std::atomic<double>* const version_word_;  // leaked with the slot
  mutable std::mutex mutex_;                 // guards what follows and makes publishers take turns
  std::vector<Watcher> watchers_;
  bool withdrawn_ = false;
};

}  // namespace sidekick::core
