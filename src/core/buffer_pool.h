// BufferPool: one core's fixed-size, page-aligned buffers for the layers that need memory of their own (encryption,
// bounce for unaligned guests). Sized at start, never grows: when it is empty the caller waits (back-pressure).
// The memory is on huge pages where the machine has them and is registered with the core's io_uring where allowed.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace outrigger::core {

class BufferPool {
 public:
  static constexpr size_t buffer_bytes = 4096;

  // `total_bytes` is rounded up to whole buffers.
  static Result<std::unique_ptr<BufferPool>> create(size_t total_bytes);
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // A buffer of buffer_bytes, or nullptr when none is left.
  [[nodiscard]] std::byte* take() noexcept;
  void give_back(std::byte* buffer) noexcept;
  [[nodiscard]] size_t free_count() const noexcept { return free_count_; }
  [[nodiscard]] size_t count() const noexcept { return count_; }
  // All of the pool's memory, for registration.
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return {memory_, count_ * buffer_bytes}; }

 private:
  struct FreeBuffer {
    FreeBuffer* next;
  };
  BufferPool() = default;

  std::byte* memory_ = nullptr;
  size_t mapped_bytes_ = 0;
  size_t count_ = 0;
  size_t free_count_ = 0;
  FreeBuffer* free_ = nullptr;
};

}  // namespace outrigger::core
