// RegisterArray: P4 registers of any width. Up to 64 bits a cell is one atomic word. Wider cells are several, of which
// each is read and written whole; programs that more than one data thread runs over the same wide cell must be kept
// apart by the engine, as must a read and a write that belong together.
#pragma once

#include "pipeline/limits.h"
#include "pipeline/region.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace outrigger::pipeline {

class RegisterArray {
 public:
  static Result<std::unique_ptr<RegisterArray>> make(std::string_view name, uint32_t width_bits, uint64_t size);

  // Any thread; up to 64 bits. Beyond the size a read gives 0 and a write is lost: v1model leaves it undefined.
  [[nodiscard]] uint64_t read(uint64_t index) const noexcept {
    return index < size_ ? cells_[index * words_].load(std::memory_order_relaxed) : 0;
  }
  void write(uint64_t index, uint64_t value) noexcept {
    if (index < size_) {
      cells_[index * words_].store(value & word_mask_, std::memory_order_relaxed);
    }
  }
  // Any width: width_bytes() bytes, most significant first.
  void read_bytes(uint64_t index, std::span<uint8_t> value) const noexcept;
  void write_bytes(uint64_t index, std::span<const uint8_t> value) noexcept;

  // The control plane. InvalidArgument: the value does not fit; OutOfRange: no such index.
  Result<> check_write(uint64_t index, std::span<const uint8_t> value) const;
  // All cells to 0.
  void reset() noexcept;

  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  [[nodiscard]] uint32_t width_bits() const noexcept { return width_bits_; }
  [[nodiscard]] uint32_t width_bytes() const noexcept { return (width_bits_ + 7) / 8; }
  // The cells, least significant word first, words_per_cell() each: for native code.
  [[nodiscard]] std::atomic<uint64_t>* cells() noexcept { return cells_; }
  [[nodiscard]] uint32_t words_per_cell() const noexcept { return words_; }

 private:
  RegisterArray() = default;

  std::string name_;
  uint32_t width_bits_ = 0;
  uint64_t size_ = 0;
  uint32_t words_ = 1;
  uint64_t word_mask_ = 0;  // of the most significant word
  Region memory_;
  std::atomic<uint64_t>* cells_ = nullptr;
};

}  // namespace outrigger::pipeline
