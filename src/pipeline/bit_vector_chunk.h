// BitVectorChunk: up to 512 entries of a ternary table, best first, one column each. For each half byte of the key that
// any of them cares about, and each of its 16 values, a line of bits: the columns that it does not rule out.
//
// Once data threads can see a chunk its lines never change; only a column's reference does, and columns go out of use.
// A column never gets another match, so that the lines are right about it as long as it has a reference.
#pragma once

#include "pipeline/bit_vector_memory.h"
#include "pipeline/record_store.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace outrigger::pipeline {

inline constexpr uint32_t line_words = 8;  // one cache line
inline constexpr uint32_t chunk_columns = 64 * line_words;
inline constexpr uint32_t nibble_values = 16;

struct alignas(64) BitVectorLine {
  uint64_t words[line_words];
};

// Bit n: the value n of the half byte is not ruled out.
using NibbleSet = uint16_t;
inline constexpr NibbleSet any_nibble = 0xFFFF;

// A half byte that is looked at. The most telling ones come first, so that a search ends early.
struct BitVectorHalf {
  uint32_t lines;   // its 16 lines begin with this one
  uint16_t byte;    // of the key
  uint16_t shift;   // 4 or 0
  uint32_t weight;  // how many values the columns rule out, together
};

class BitVectorChunk {
 public:
  struct Free {
    void operator()(BitVectorChunk* chunk) const noexcept;
  };
  using Pointer = std::unique_ptr<BitVectorChunk, Free>;

  // These references (at most chunk_columns), which come best first, in the first columns. nullptr: no memory.
  static Pointer make(const RecordStore& store, BitVectorMemory& memory, std::span<const uint32_t> references);
  // This chunk and one more, in its place `live` among those in use; there must be room. nullptr: no memory.
  [[nodiscard]] Pointer with(const RecordStore& store, uint32_t reference, uint32_t live) const;
  // The first or second half of the columns.
  [[nodiscard]] Pointer half(bool is_second) const;

  // Data threads.
  [[nodiscard]] uint64_t used(uint32_t word) const noexcept { return used_[word].load(std::memory_order_acquire); }
  [[nodiscard]] uint32_t reference(uint32_t column) const noexcept {
    return references_[column].load(std::memory_order_acquire);
  }
  [[nodiscard]] std::span<const BitVectorHalf> halves() const noexcept { return {halves_, halves_count_}; }
  [[nodiscard]] const BitVectorLine* lines() const noexcept { return lines_; }

  // The control plane.
  [[nodiscard]] uint32_t count() const noexcept { return count_; }  // columns in use
  [[nodiscard]] uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] uint32_t first() const noexcept;           // the best one's reference
  [[nodiscard]] std::vector<uint32_t> references() const;  // of the columns in use
  void replace(uint32_t before, uint32_t after) noexcept;
  void remove(uint32_t reference) noexcept;

 private:
  // Where a new column comes, and which ones make room for it by one place up or down.
  struct Room {
    uint32_t column;
    BitVectorLine stay;   // bits that stay
    BitVectorLine moved;  // places of bits that come from the neighbour
    bool is_up;
  };

  explicit BitVectorChunk(BitVectorMemory& memory) noexcept : memory_(memory) {}
  static Pointer allocate(BitVectorMemory& memory, size_t halves);
  [[nodiscard]] Room room_at(uint32_t live) const noexcept;
  [[nodiscard]] uint32_t column_of(uint32_t reference) const noexcept;
  // The lines of another half byte of the key, not yet written.
  BitVectorLine* add_half(size_t half, uint32_t weight) noexcept;
  void put(uint32_t column, uint32_t reference) noexcept;  // 0: stays free
  void take_columns(const BitVectorChunk& before, const Room& room, uint32_t reference) noexcept;
  void sort_halves() noexcept;

  BitVectorMemory& memory_;  // where it lies, and goes back to
  std::atomic<uint64_t> used_[line_words] = {};
  std::atomic<uint32_t> references_[chunk_columns] = {};
  uint32_t count_ = 0;
  uint32_t halves_count_ = 0;
  uint64_t bytes_ = 0;
  BitVectorHalf* halves_ = nullptr;  // in the same memory, as the lines
  BitVectorLine* lines_ = nullptr;
};

}  // namespace outrigger::pipeline
