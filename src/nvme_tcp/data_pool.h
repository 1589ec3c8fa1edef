// DataPool: one core's memory for the data of commands: buffers of two sizes, made when the core's first connection
// comes, never more. When there is none the command waits.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace outrigger::nvme_tcp {

enum class BufferKind : uint8_t { Small, Large };

// What a command needs: buffers of one kind, so that those who need little have nothing to do with those who need much.
struct BufferNeed {
  BufferKind kind = BufferKind::Small;
  uint32_t count = 0;
};

class DataPool {
 public:
  static constexpr size_t kinds = 2;
  static constexpr size_t small_bytes = 4096;
  static constexpr size_t large_bytes = 64U << 10;
  static constexpr uint32_t small_per_command_max = 4;
  static constexpr BufferNeed need_of(size_t bytes) noexcept {
    if (bytes <= small_per_command_max * small_bytes) {
      return {.kind = BufferKind::Small, .count = static_cast<uint32_t>((bytes + small_bytes - 1) / small_bytes)};
    }
    return {.kind = BufferKind::Large, .count = static_cast<uint32_t>((bytes + large_bytes - 1) / large_bytes)};
  }
  // Buffers that a command may need whose data are no more than `bytes`.
  static constexpr uint32_t pieces_of(size_t bytes) noexcept {
    return std::max(need_of(bytes).count, small_per_command_max);
  }

  // A quarter of `total_bytes` becomes small buffers. It is address space only until it is used.
  explicit DataPool(size_t total_bytes);
  // Everything must have been given back.
  ~DataPool();
  DataPool(const DataPool&) = delete;
  DataPool& operator=(const DataPool&) = delete;

  // Fills `pieces` with buffers for `bytes` in all (not 0), which need `need`; the last one is cut to that. False:
  // there are not enough.
  [[nodiscard]] bool take(BufferNeed need, size_t bytes, std::span<iovec> pieces) noexcept;
  void give_back(BufferKind kind, std::span<const iovec> pieces) noexcept;

  [[nodiscard]] uint32_t count(BufferKind kind) const noexcept { return of(kind).count; }
  [[nodiscard]] uint32_t free_count(BufferKind kind) const noexcept { return of(kind).free_count; }
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
    uint32_t count = 0;
    uint32_t free_count = 0;
    uint32_t fresh = 0;  // buffers from here on were never taken, and are not in the list
    Free* free = nullptr;
    [[nodiscard]] std::byte* take() noexcept;
    void give_back(void* buffer) noexcept;
  };

  [[nodiscard]] const Class& of(BufferKind kind) const noexcept { return kind == BufferKind::Small ? small_ : large_; }

  std::byte* memory_ = nullptr;
  size_t mapped_bytes_ = 0;
  Class small_;
  Class large_;
};

}  // namespace outrigger::nvme_tcp
