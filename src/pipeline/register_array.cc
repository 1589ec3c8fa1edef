// RegisterArray: cells of whole words.
#include "pipeline/register_array.h"

#include "base/check.h"

namespace outrigger::pipeline {

Result<std::unique_ptr<RegisterArray>> RegisterArray::make(std::string_view name, uint32_t width_bits, uint64_t size) {
  if (width_bits == 0 || width_bits > register_width_bits_max || size > array_cells_max) {
    return fail(Code::ResourceExhausted, "register {}: {} cells of {} bits; possible are {} of 1 to {}", name, size,
                width_bits, array_cells_max, register_width_bits_max);
  }
  std::unique_ptr<RegisterArray> registers(new RegisterArray);
  registers->name_ = name;
  registers->width_bits_ = width_bits;
  registers->size_ = size;
  registers->words_ = (width_bits + 63) / 64;
  const uint32_t top_bits = (width_bits - 1) % 64 + 1;
  registers->word_mask_ = top_bits == 64 ? ~uint64_t{0} : (uint64_t{1} << top_bits) - 1;
  if (size > 0) {
    OR_ASSIGN(registers->memory_, Region::make(size * registers->words_ * sizeof(uint64_t), name));
    registers->cells_ = registers->memory_.as<std::atomic<uint64_t>>();
  }
  return registers;
}

void RegisterArray::read_bytes(uint64_t index, std::span<uint8_t> value) const noexcept {
  check(value.size() == width_bytes(), "a register's value has its width");
  for (size_t i = 0; i < value.size(); ++i) {  // i counts from the least significant byte
    const uint64_t word = index < size_ ? cells_[index * words_ + i / 8].load(std::memory_order_relaxed) : 0;
    value[value.size() - 1 - i] = static_cast<uint8_t>(word >> (i % 8 * 8));
  }
}

void RegisterArray::write_bytes(uint64_t index, std::span<const uint8_t> value) noexcept {
  check(value.size() == width_bytes(), "a register's value has its width");
  for (uint32_t w = 0; w < words_ && index < size_; ++w) {
    uint64_t word = 0;
    for (size_t i = size_t{w} * 8; i < value.size() && i < size_t{w} * 8 + 8; ++i) {
      word |= uint64_t{value[value.size() - 1 - i]} << (i % 8 * 8);
    }
    cells_[index * words_ + w].store(w + 1 == words_ ? word & word_mask_ : word, std::memory_order_relaxed);
  }
}

Result<> RegisterArray::check_write(uint64_t index, std::span<const uint8_t> value) const {
  if (index >= size_) {
    return fail(Code::OutOfRange, "register {} has the indices 0 to {}; there is no {}", name_,
                size_ == 0 ? 0 : size_ - 1, index);
  }
  const uint32_t top_bits = (width_bits_ - 1) % 8 + 1;
  if (value.size() != width_bytes() || value[0] >> top_bits != 0) {
    return fail(Code::InvalidArgument, "register {}: the value does not fit {} bits", name_, width_bits_);
  }
  return {};
}

void RegisterArray::reset() noexcept {
  for (uint64_t i = 0; i < size_ * words_; ++i) {
    if (cells_[i].load(std::memory_order_relaxed) != 0) {  // a page that was never touched stays none
      cells_[i].store(0, std::memory_order_relaxed);
    }
  }
}

}  // namespace outrigger::pipeline
