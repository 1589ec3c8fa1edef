// BitWriter: bytes that are filled bit by bit, as a deparser emits headers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "p4_ir/bits.h"

namespace outrigger::p4_interpreter {

class BitWriter {
 public:
  void append(const p4_ir::Bits& bits);
  // The bits of `bytes` from the bit_offset-th on.
  void append(std::span<const uint8_t> bytes, uint32_t bit_offset);
  [[nodiscard]] uint32_t bit_count() const noexcept { return bit_count_; }
  // All of it, the last byte filled up with zeroes; empty afterwards.
  std::vector<uint8_t> take();

 private:
  std::vector<uint8_t> bytes_;
  uint32_t bit_count_ = 0;
};

}  // namespace outrigger::p4_interpreter
