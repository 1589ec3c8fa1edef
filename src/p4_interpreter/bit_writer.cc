// BitWriter: see bit_writer.h.
#include "p4_interpreter/bit_writer.h"

#include <utility>

namespace outrigger::p4_interpreter {

void BitWriter::append(const p4_ir::Bits& bits) {
  bytes_.resize((bit_count_ + bits.width() + 7) / 8);
  bits.to_bytes(bytes_, bit_count_);
  bit_count_ += bits.width();
}

void BitWriter::append(std::span<const uint8_t> bytes, uint32_t bit_offset) {
  if (bit_count_ % 8 == 0 && bit_offset % 8 == 0) {
    bytes_.insert(bytes_.end(), bytes.begin() + bit_offset / 8, bytes.end());
    bit_count_ = static_cast<uint32_t>(bytes_.size() * 8);
    return;
  }
  for (auto at = bit_offset; at < bytes.size() * 8;) {
    const uint32_t count = 8 - at % 8;
    append(p4_ir::Bits::from_bytes(count, bytes, at));
    at += count;
  }
}

std::vector<uint8_t> BitWriter::take() {
  bit_count_ = 0;
  return std::exchange(bytes_, {});
}

}  // namespace outrigger::p4_interpreter
