// Pins keep superseded snapshots alive for the scripts that read them, at no cost for anybody else (hazard pointers).
//
// Each reading thread has a pin set: cache lines that only it writes. Reading an unchanged slot is one atomic load;
// reading a changed one adds a pin to the reader's own set. Publishers never wait for readers: a superseded block goes
// to the reclaimer's list, and is freed by whoever finds that no set holds it: a later publish, or the reader that
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
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/block.h"
#include "core/slot.h"

namespace sidekick::core {

class PinSet {
 public:
  // `owner` tells whose set it is in Reclaimer::superseded(); it is not looked at. Null: nobody's in particular.
  explicit PinSet(const void* owner = nullptr);
  ~PinSet();  // lets go of everything
  PinSet(const PinSet&) = delete;
  PinSet& operator=(const PinSet&) = delete;

  // Owner thread only: the slot's word, whose block is valid until release_all(), or null when nothing is published.
  SlotWord pin(const SlotPlace& place);
  SlotWord pin(const Slot& slot) { return pin(slot.place()); }
  // Owner thread only: lets go of `block` if the last pin() returned it; else it stays until release_all().
  void unpin_last(const Block* block);
  // Owner thread only.
  void release_all();

 private:
  friend class Reclaimer;

  struct Chunk {
    static constexpr std::size_t kPins = 30;
    std::array<std::atomic<const Block*>, kPins> pins{};
    std::atomic<Chunk*> next{nullptr};  // appended by the owner (release), followed by the reclaimer (acquire)
  };

  std::atomic<const Block*>& add();  // room for one more pin
  void drop_last();                  // the pin that add() gave, which is null
  template <typename Visit>
  void each_pin(const Visit& visit) const;  // the reclaimer's

  const void* const owner_;
  Chunk first_;
  Chunk* last_ = &first_;  // with room, or full
  std::size_t used_in_last_ = 0;
  std::vector<const SlotPlace*> places_;  // of each pin in use; the owner's own
};

// Superseded snapshots and the memory that only they keep alive.
struct Superseded {
  std::size_t snapshots = 0;
  std::size_t bytes = 0;
};

// The superseded blocks of the process. `mutex_` guards the lists; it is taken after a slot's mutex and before nothing.
class Reclaimer {
 public:
  static Reclaimer& instance();  // leaked: threads may outlive static destructors

  void retire(BlockRef block);
  // Frees what no pin set holds.
  void collect();

  // What superseded() says of bytes, as of the last collect(): never less. relaxed: a figure, nothing depends on it.
  std::size_t superseded_bytes() const { return superseded_bytes_.load(std::memory_order_relaxed); }

  // Exact: collects first. In `by_owner` what each owner's pins hold; several may hold the same snapshot.
  Superseded superseded(std::unordered_map<const void*, Superseded>* by_owner = nullptr);

 private:
  friend class PinSet;

  // Superseded blocks that no pin set holds; let go of when this ends, which is after the lock is released. A block
  // that is shared outlives that, without what it shares in turn: or else each would keep all before it.
  struct Garbage {
    std::vector<BlockRef> blocks;

    ~Garbage() {
      for (const BlockRef& block : blocks) block->end_as_snapshot();
    }
  };

  void add(PinSet& set);
  void remove(PinSet& set);
  void collect_locked(std::vector<BlockRef>& garbage);
  std::size_t count_locked(const Block& block);

  std::mutex mutex_;
  std::vector<PinSet*> sets_;
  std::vector<BlockRef> retired_;
  std::vector<const Block*> pinned_;  // scratch of collect_locked
  std::size_t uncollected_ = 0;       // blocks retired since the last collect
  std::size_t uncollected_bytes_ = 0;
  std::size_t kept_bytes_ = 0;  // of the blocks that the last collect found pinned
  std::uint64_t mark_ = 0;
  std::atomic<std::size_t> superseded_bytes_{0};
};

}  // namespace sidekick::core
