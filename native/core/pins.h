// Pins keep superseded snapshots alive for the scripts that read them, at no cost for anybody else (hazard pointers).
//
// Each reading thread has a pin set: cache lines that only it writes. Reading an unchanged slot is one atomic load;
// reading a changed one adds a pin to the reader's own set. Publishers never wait for readers: a superseded block goes
// to the reclaimer's list, and is freed by whoever finds that no set holds it: the next publish, or the reader that
// lets go of it.
//
//   reader:    pin = block   (A)   then  slot.current == block ?  (B)
//   publisher: slot.current = new (C)   then  look at all pins    (D)
//
// All four are sequentially consistent, so either B sees the new block (the reader tries again) or D sees the pin.
// Letting go is the same in reverse: the pin is cleared first, the slot looked at after.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "core/block.h"

namespace sidekick::core {

class Slot;

class PinSet {
 public:
  PinSet();
  ~PinSet();  // lets go of everything
  PinSet(const PinSet&) = delete;
  PinSet& operator=(const PinSet&) = delete;

  // Owner thread only: the slot's current block, valid until release_all(); null when nothing is published.
  const Block* pin(const Slot& slot);
  // Owner thread only.
  void release_all();

  struct Held {
    std::size_t blocks = 0;
    std::size_t bytes = 0;
  };

 private:
  friend class Reclaimer;

  struct Chunk {
    static constexpr std::size_t kPins = 30;
    std::array<std::atomic<const Block*>, kPins> pins{};
    std::atomic<Chunk*> next{nullptr};  // appended by the owner (release), followed by the reclaimer (acquire)
  };

  std::atomic<const Block*>& add();  // room for one more pin

  Chunk first_;
  Chunk* last_ = &first_;  // with room, or full
  std::size_t used_in_last_ = 0;
  std::vector<const Slot*> slots_;  // of each pin in use; the owner's own
};

// The superseded blocks of the process. `mutex_` guards the lists; it is taken after a slot's mutex and before nothing.
class Reclaimer {
 public:
  static Reclaimer& instance();  // leaked: threads may outlive static destructors

  void retire(Block::Owner block);
  // Frees what no pin set holds.
  void collect();

  PinSet::Held superseded() const;  // blocks retired and not yet freed

 private:
  friend class PinSet;
  void add(PinSet& set);
  void remove(PinSet& set);
  void collect_locked(std::vector<Block::Owner>& garbage);

  mutable std::mutex mutex_;
  std::vector<PinSet*> sets_;
  std::vector<Block::Owner> retired_;
};

}  // namespace sidekick::core
