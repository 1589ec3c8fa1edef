// DataPool: one core's memory for the data of commands: buffers of two sizes, made when the core's first connection
// comes, never more. When there is none the command waits.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace outrigger::nvme_tcp {

class DataPool {
 public:
  static constexpr size_t small_bytes = 4096;
  static constexpr size_t large_bytes = 64U << 10;
  // Buffers that `bytes` may need: large ones, and small ones for a rest that is not worth another large one.
  static constexpr uint32_t small_per_command_max = 4;
  static constexpr uint32_t pieces_of(size_t bytes) noexcept {
    return static_cast<uint32_t>(bytes / large_bytes) + small_per_command_max;
  }

  // A quarter of `total_bytes` becomes small buffers. It is address space only until it is used.
  explicit DataPool(size_t total_bytes);
  // Everything must have been given back.
  ~DataPool();
  DataPool(const DataPool&) = delete;
  DataPool& operator=(const DataPool&) = delete;

  // Fills `pieces` with buffers for `bytes` in all (not 0); returns how many, 0 when there are not enough. The last one
  // is cut to what is needed. So many small buffers are left to others.
  [[nodiscard]] uint32_t take(size_t bytes, std::span<iovec> pieces, size_t small_left = 0) noexcept;
  void give_back(std::span<const iovec> pieces) noexcept;

  [[nodiscard]] size_t total_bytes() const noexcept { return mapped_bytes_; }
  [[nodiscard]] bool is_whole() const noexcept {
    return small_.free_count == small_.count && large_.free_count == large_.count;
  }

 private:
  struct Free {
    Free* next;
  };
  struct Class {
    std::byte* memory = nullptr;
    size_t buffer_bytes = 0;
    size_t count = 0;
    size_t free_count = 0;
    size_t fresh = 0;  // buffers from here on were never taken, and are not in the list
    Free* free = nullptr;
    [[nodiscard]] std::byte* take() noexcept;
    void give_back(void* buffer) noexcept;
    [[nodiscard]] bool holds(const void* buffer) const noexcept {
      const auto* const at = static_cast<const std::byte*>(buffer);
      return at >= memory && at < memory + count * buffer_bytes;
    }
  };

  std::byte* memory_ = nullptr;
  size_t mapped_bytes_ = 0;
  Class small_;
  Class large_;
};

}  // namespace outrigger::nvme_tcp
