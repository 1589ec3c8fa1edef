// Bits: a bit string of a fixed width, the one kind of value that a lowered program has (booleans have one bit, enums
// and errors their number). Plain value semantics; up to 64 bits live inside, wider ones in a vector of 64-bit limbs,
// least significant first.
//
// Operators take operands of one width and give that width, modulo 2^width, unless they say otherwise; what is signed
// is in the operator's name. Other widths are a bug of ours and end in check().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "p4/integer.h"

namespace outrigger::p4_ir {

class Bits {
 public:
  Bits() = default;  // no bits at all: the value of an empty varbit
  explicit Bits(uint32_t width) : Bits(width, 0) {}
  Bits(uint32_t width, uint64_t low);                                   // cut to the width
  static Bits from_integer(uint32_t width, const p4::Integer& number);  // modulo 2^width, two's complement
  // The width's bits, most significant first, from the `bit_offset`th bit of `bytes` on. The bytes must hold them.
  static Bits from_bytes(uint32_t width, std::span<const uint8_t> bytes, uint32_t bit_offset = 0);
  // A big-endian number of any number of bytes, cut to or zero-extended to the width.
  static Bits from_big_endian(uint32_t width, std::span<const uint8_t> bytes);

  [[nodiscard]] uint32_t width() const noexcept { return width_; }
  [[nodiscard]] bool is_zero() const noexcept;
  [[nodiscard]] bool bit(uint32_t index) const noexcept;  // 0 is the least significant
  // The low 64 bits, zero-extended; the whole value where width() ≤ 64.
  [[nodiscard]] uint64_t low() const noexcept { return limbs_.empty() ? small_ : limbs_[0]; }
  [[nodiscard]] bool fits_64() const noexcept;  // the value does, whatever the width
  [[nodiscard]] p4::Integer to_integer(bool is_signed = false) const;
  // Into width() bits of `bytes` from the bit_offset-th on; the other bits stay.
  void to_bytes(std::span<uint8_t> bytes, uint32_t bit_offset = 0) const;
  // ceil(width / 8) bytes, big endian, as P4Runtime and STF have them.
  [[nodiscard]] std::vector<uint8_t> to_big_endian() const;
  [[nodiscard]] std::string to_hex() const;  // 0x…

  // Other widths. extend() and cut() in one: zero_extended or sign_extended to `width`, or the low `width` bits.
  [[nodiscard]] Bits resized(uint32_t width, bool is_signed = false) const;
  [[nodiscard]] Bits slice(uint32_t high, uint32_t low) const;
  [[nodiscard]] Bits with_slice(uint32_t high, uint32_t low, const Bits& part) const;
  static Bits concatenate(const Bits& high, const Bits& low);

  friend bool operator==(const Bits& a, const Bits& b) noexcept;
  static bool less_unsigned(const Bits& a, const Bits& b) noexcept;
  static bool less_signed(const Bits& a, const Bits& b) noexcept;
  static Bits add(const Bits& a, const Bits& b);
  static Bits subtract(const Bits& a, const Bits& b);
  static Bits multiply(const Bits& a, const Bits& b);
  // Unsigned; by zero gives zero (a run-time division does not exist in P4-16; folding has refused it).
  static Bits divide(const Bits& a, const Bits& b);
  static Bits modulo(const Bits& a, const Bits& b);
  static Bits add_saturating(const Bits& a, const Bits& b, bool is_signed);
  static Bits subtract_saturating(const Bits& a, const Bits& b, bool is_signed);
  static Bits bit_and(const Bits& a, const Bits& b);
  static Bits bit_or(const Bits& a, const Bits& b);
  static Bits bit_xor(const Bits& a, const Bits& b);
  [[nodiscard]] Bits complement() const;
  [[nodiscard]] Bits negate() const;
  // By any number of bits; those that leave are lost. Arithmetic to the right keeps the sign.
  [[nodiscard]] Bits shift_left(uint64_t by) const;
  [[nodiscard]] Bits shift_right(uint64_t by, bool is_signed) const;

 private:
  void cut();
  uint32_t width_ = 0;
  uint64_t small_ = 0;           // width_ ≤ 64
  std::vector<uint64_t> limbs_;  // width_ > 64: ceil(width_ / 64) of them; bits above the width are zero
};

}  // namespace outrigger::p4_ir
