// StateLayout: where each variable of a program lies in the state of native code.
//
// A scalar of up to 64 bits is a little-endian integer of 1, 2, 4 or 8 bytes, a wider one has 64-bit limbs, the least
// significant first; bits above its width are zero. A varbit is its size in bits (4 bytes, 4 unused) and its contents
// as bytes, the first bit uppermost in the first byte. All are aligned to 8 bytes at most. After the variables there is
// scratch space, in which values go to the host: one after the other, each in its own memory form, aligned to 8.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "p4_ir/program.h"

namespace outrigger::p4_native {

inline constexpr uint32_t varbit_header_bytes = 8;

// Bytes that a scalar of this width takes.
[[nodiscard]] constexpr uint32_t scalar_bytes(uint32_t width) noexcept {
  return width <= 8 ? 1 : width <= 16 ? 2 : width <= 32 ? 4 : (width + 63) / 64 * 8;
}

class StateLayout {
 public:
  // ResourceExhausted: the program's variables take more than state_bytes_max.
  static Result<StateLayout> make(const p4_ir::Program& program);

  [[nodiscard]] uint32_t offset(p4_ir::VariableId variable) const { return offsets_[index_of(variable)]; }
  [[nodiscard]] uint32_t variables_begin() const noexcept;
  [[nodiscard]] uint32_t variables_end() const noexcept { return variables_end_; }
  [[nodiscard]] uint32_t scratch() const noexcept { return variables_end_; }
  [[nodiscard]] uint32_t bytes() const noexcept { return bytes_; }
  // Makes room for values of these widths in the scratch space.
  void reserve_scratch(std::span<const uint32_t> widths);

 private:
  std::vector<uint32_t> offsets_;
  uint32_t variables_end_ = 0;
  uint32_t bytes_ = 0;
};

// Where the values of these widths lie in scratch space, and (last) where they end.
std::vector<uint32_t> scratch_offsets(std::span<const uint32_t> widths);

// Between memory forms and Bits. `memory` has scalar_bytes(width) bytes, or a varbit's.
[[nodiscard]] p4_ir::Bits read_scalar(const uint8_t* memory, uint32_t width);
void write_scalar(uint8_t* memory, const p4_ir::Bits& value);
[[nodiscard]] p4_ir::Bits read_varbit(const uint8_t* memory);
void write_varbit(uint8_t* memory, const p4_ir::Bits& value);

}  // namespace outrigger::p4_native
