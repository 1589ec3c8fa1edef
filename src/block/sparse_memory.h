// SparseMemory: a volume's bytes in memory that takes room only where something was written. It grows without
// moving: cores that read and write never see an address change, and need no lock for it.
#pragma once

#include "base/result.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace outrigger::block {

class SparseMemory {
 public:
  SparseMemory() noexcept = default;
  ~SparseMemory();
  SparseMemory(const SparseMemory&) = delete;
  SparseMemory& operator=(const SparseMemory&) = delete;

  // Control thread. Makes sure that bytes [0, size) exist; they are zeroes where nothing was written. Never shrinks.
  Result<void> reserve(uint64_t size);

  // The longest contiguous piece that starts at `offset`, at most `length` bytes. `offset` must be reserved. Any
  // thread.
  [[nodiscard]] std::span<std::byte> piece(uint64_t offset, uint64_t length) const noexcept {
    const Segment& first = segments_[0];
    if (offset + length <= first.bytes) [[likely]] {
      return {first.memory + offset, length};
    }
    return piece_of_later(offset, length);
  }

  // Makes [offset, offset + length) zeroes. `gives_back`: and returns the memory of whole pages to the machine.
  void zero(uint64_t offset, uint64_t length, bool gives_back) noexcept;

 private:
  // Every segment is at least as big as all before it together: more than this many would exceed 63 bits.
  static constexpr size_t segment_count_max = 64;
  struct Segment {
    std::byte* memory = nullptr;
    uint64_t start = 0;  // the volume's byte that comes first
    uint64_t bytes = 0;
  };
  [[nodiscard]] std::span<std::byte> piece_of_later(uint64_t offset, uint64_t length) const noexcept;

  std::array<Segment, segment_count_max> segments_;
  std::atomic<size_t> segment_count_{0};
};

}  // namespace outrigger::block
