// Published<T>: a value that data threads read without a lock and the control plane replaces as a whole.
#pragma once

#include "pipeline/quiescence.h"

#include <atomic>
#include <bit>
#include <memory>

namespace outrigger::pipeline {

template <typename T>
class Published {
 public:
  explicit Published(Quiescence& quiescence) noexcept : quiescence_(quiescence) {}
  ~Published() {
    quiescence_.drain(this);
    delete current_.load(std::memory_order_relaxed);
  }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  // Data threads: valid until the thread's next announce(). nullptr before the first publish().
  [[nodiscard]] const T* read() const noexcept { return current_.load(std::memory_order_acquire); }
  // The control plane; what was there before is freed when all data threads have passed.
  void publish(std::unique_ptr<T> next) {
    const T* const before = current_.exchange(next.release(), std::memory_order_acq_rel);
    if (before != nullptr) {
      quiescence_.retire([](void*, uint64_t value) noexcept { delete std::bit_cast<const T*>(value); }, this,
                         std::bit_cast<uint64_t>(before));
    }
  }

 private:
  Quiescence& quiescence_;
  std::atomic<const T*> current_{nullptr};
};

}  // namespace outrigger::pipeline
