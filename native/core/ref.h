// A counted reference to something that many threads share and that is freed with its last reference. Counting inside
// the object (rather than std::shared_ptr) lets a plain pointer stand for a reference where C hands it on: a slot's
// word, a PHP stream.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace sidekick::core {

template <typename T>
class Ref;

// What Ref counts; made with one reference, which Ref::adopt() takes over. T::destroy() frees it.
class Counted {
 public:
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 protected:
  Counted() = default;
  ~Counted() = default;

 private:
  template <typename T>
  friend class Ref;

  std::atomic<std::uint32_t> references_{1};
};

// Null by default.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T& object) : object_(&object) { add(); }  // one more reference
  Ref(const Ref& other) : object_(other.object_) {
    if (object_ != nullptr) add();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ == nullptr) return;
    std::atomic<std::uint32_t>& references = static_cast<Counted*>(object_)->references_;
    // acquire, acq_rel: whoever drops the last reference sees everything that was done with the object before. The only
    // one needs no atomic subtraction: nobody else can add to it.
    if (references.load(std::memory_order_acquire) == 1 || references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      object_->destroy();
    }
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  T* release() { return std::exchange(object_, nullptr); }  // the count stays: somebody adopts it
  static Ref adopt(T* object) {
    Ref reference;
    reference.object_ = object;
    return reference;
  }

 private:
  // relaxed: the caller holds one already.
  void add() { static_cast<Counted*>(object_)->references_.fetch_add(1, std::memory_order_relaxed); }

  T* object_ = nullptr;
};

}  // namespace sidekick::core
