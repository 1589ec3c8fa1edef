// StateLayout: see state_layout.h.
#include "p4_native/state_layout.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "p4_native/context.h"
#include "p4_native/limits.h"

namespace outrigger::p4_native {

using p4_ir::Bits;

static_assert(std::endian::native == std::endian::little, "x86-64 and AArch64");

namespace {

uint64_t aligned(uint64_t offset, uint32_t to) { return (offset + to - 1) / to * to; }

}  // namespace

uint32_t StateLayout::variables_begin() const noexcept { return sizeof(Context); }

Result<StateLayout> StateLayout::make(const p4_ir::Program& program) {
  StateLayout made;
  uint64_t end = made.variables_begin();
  for (const p4_ir::Variable& variable : program.variables) {
    if (!variable.is_varbit && variable.width > width_bits_max) {
      return fail(Code::Unimplemented, "native code has values of at most {} bits; '{}' has {}", width_bits_max,
                  variable.name, variable.width);
    }
    const uint64_t bytes =
        variable.is_varbit ? varbit_header_bytes + (uint64_t{variable.width} + 7) / 8 : scalar_bytes(variable.width);
    end = aligned(end, variable.is_varbit ? 8U : std::min<uint32_t>(scalar_bytes(variable.width), 8));
    made.offsets_.push_back(static_cast<uint32_t>(end));
    end += bytes;
    if (end > state_bytes_max) {
      return fail(Code::ResourceExhausted, "the variables of the program take more than {} bytes", state_bytes_max);
    }
  }
  made.variables_end_ = static_cast<uint32_t>(aligned(end, 64));
  made.bytes_ = made.variables_end_ + 64;
  return made;
}

void StateLayout::reserve_scratch(std::span<const uint32_t> widths) {
  bytes_ = std::max(bytes_, variables_end_ + scratch_offsets(widths).back());
}

std::vector<uint32_t> scratch_offsets(std::span<const uint32_t> widths) {
  std::vector<uint32_t> offsets;
  uint32_t end = 0;
  for (const uint32_t width : widths) {
    offsets.push_back(end);
    end += static_cast<uint32_t>(aligned(scalar_bytes(width), 8));
  }
  offsets.push_back(end);
  return offsets;
}

Bits read_scalar(const uint8_t* memory, uint32_t width) {
  const uint32_t bytes = scalar_bytes(width);
  if (width <= 64) {
    uint64_t low = 0;
    std::memcpy(&low, memory, bytes);
    return {width, low};
  }
  std::vector<uint8_t> big_endian(memory, memory + bytes);
  std::reverse(big_endian.begin(), big_endian.end());
  return Bits::from_big_endian(width, big_endian);
}

void write_scalar(uint8_t* memory, const Bits& value) {
  const uint32_t bytes = scalar_bytes(value.width());
  if (value.width() <= 64) {
    const uint64_t low = value.low();
    std::memcpy(memory, &low, bytes);
    return;
  }
  std::vector<uint8_t> all = value.to_big_endian();
  std::reverse(all.begin(), all.end());
  all.resize(bytes);
  std::memcpy(memory, all.data(), bytes);
}

Bits read_varbit(const uint8_t* memory) {
  uint32_t size = 0;
  std::memcpy(&size, memory, sizeof size);
  return size == 0 ? Bits(0) : Bits::from_bytes(size, {memory + varbit_header_bytes, (size_t{size} + 7) / 8}, 0);
}

void write_varbit(uint8_t* memory, const Bits& value) {
  const uint32_t size = value.width();
  std::memcpy(memory, &size, sizeof size);
  const std::span<uint8_t> bytes(memory + varbit_header_bytes, (size_t{size} + 7) / 8);
  if (!bytes.empty()) {
    bytes.back() = 0;
    value.to_bytes(bytes, 0);
  }
}

}  // namespace outrigger::p4_native
