// Bits: comparing and calculating. What fits 64 bits is done at once; wider values go by limbs, or through GMP where
// that is simpler.
#include <bit>

#include "base/check.h"
#include "p4_ir/bits.h"

namespace outrigger::p4_ir {
namespace {

void check_same(const Bits& a, const Bits& b) { check(a.width() == b.width(), "operands of one width"); }

// The greatest and the least value that saturating operations end at.
p4::Integer greatest(uint32_t width, bool is_signed) {
  p4::Integer one = 1;
  return (one << (is_signed ? width - 1 : width)) - 1;
}
p4::Integer least(uint32_t width, bool is_signed) {
  p4::Integer one = 1;
  return is_signed ? p4::Integer(-(one << (width - 1))) : p4::Integer(0);
}

Bits saturated(uint32_t width, const p4::Integer& number, bool is_signed) {
  const p4::Integer most = greatest(width, is_signed);
  const p4::Integer fewest = least(width, is_signed);
  return Bits::from_integer(width, number > most ? most : number < fewest ? fewest : number);
}

}  // namespace

bool operator==(const Bits& a, const Bits& b) noexcept {
  return a.width_ == b.width_ && a.small_ == b.small_ && a.limbs_ == b.limbs_;
}

bool Bits::less_unsigned(const Bits& a, const Bits& b) noexcept {
  check_same(a, b);
  if (a.limbs_.empty()) {
    return a.small_ < b.small_;
  }
  for (size_t i = a.limbs_.size(); i-- > 0;) {
    if (a.limbs_[i] != b.limbs_[i]) {
      return a.limbs_[i] < b.limbs_[i];
    }
  }
  return false;
}

bool Bits::less_signed(const Bits& a, const Bits& b) noexcept {
  check_same(a, b);
  if (a.width_ == 0) {
    return false;
  }
  const bool a_negative = a.bit(a.width_ - 1);
  const bool b_negative = b.bit(b.width_ - 1);
  return a_negative != b_negative ? a_negative : less_unsigned(a, b);
}

Bits Bits::add(const Bits& a, const Bits& b) {
  check_same(a, b);
  if (a.limbs_.empty()) {
    return {a.width_, a.small_ + b.small_};
  }
  Bits made(a.width_);
  uint64_t carry = 0;
  for (size_t i = 0; i < made.limbs_.size(); ++i) {
    const uint64_t sum = a.limbs_[i] + carry;
    const uint64_t carried = sum < carry ? 1 : 0;
    made.limbs_[i] = sum + b.limbs_[i];
    carry = carried + (made.limbs_[i] < sum ? 1 : 0);
  }
  made.cut();
  return made;
}

Bits Bits::subtract(const Bits& a, const Bits& b) { return add(a, b.negate()); }

Bits Bits::multiply(const Bits& a, const Bits& b) {
  check_same(a, b);
  if (a.limbs_.empty()) {
    return {a.width_, a.small_ * b.small_};
  }
  return from_integer(a.width_, a.to_integer() * b.to_integer());
}

Bits Bits::divide(const Bits& a, const Bits& b) {
  check_same(a, b);
  if (b.is_zero()) {
    return Bits(a.width_);
  }
  if (a.limbs_.empty()) {
    return {a.width_, a.small_ / b.small_};
  }
  return from_integer(a.width_, a.to_integer() / b.to_integer());
}

Bits Bits::modulo(const Bits& a, const Bits& b) {
  check_same(a, b);
  if (b.is_zero()) {
    return Bits(a.width_);
  }
  if (a.limbs_.empty()) {
    return {a.width_, a.small_ % b.small_};
  }
  return from_integer(a.width_, a.to_integer() % b.to_integer());
}

Bits Bits::add_saturating(const Bits& a, const Bits& b, bool is_signed) {
  check_same(a, b);
  if (a.width_ < 64 && !is_signed) {
    const uint64_t sum = a.small_ + b.small_;
    const uint64_t most = (uint64_t{1} << a.width_) - 1;
    return {a.width_, sum > most ? most : sum};
  }
  return saturated(a.width_, a.to_integer(is_signed) + b.to_integer(is_signed), is_signed);
}

Bits Bits::subtract_saturating(const Bits& a, const Bits& b, bool is_signed) {
  check_same(a, b);
  if (a.limbs_.empty() && !is_signed) {
    return {a.width_, a.small_ > b.small_ ? a.small_ - b.small_ : 0};
  }
  return saturated(a.width_, a.to_integer(is_signed) - b.to_integer(is_signed), is_signed);
}

Bits Bits::bit_and(const Bits& a, const Bits& b) {
  check_same(a, b);
  Bits made = a;
  made.small_ &= b.small_;
  for (size_t i = 0; i < made.limbs_.size(); ++i) {
    made.limbs_[i] &= b.limbs_[i];
  }
  return made;
}

Bits Bits::bit_or(const Bits& a, const Bits& b) {
  check_same(a, b);
  Bits made = a;
  made.small_ |= b.small_;
  for (size_t i = 0; i < made.limbs_.size(); ++i) {
    made.limbs_[i] |= b.limbs_[i];
  }
  return made;
}

Bits Bits::bit_xor(const Bits& a, const Bits& b) {
  check_same(a, b);
  Bits made = a;
  made.small_ ^= b.small_;
  for (size_t i = 0; i < made.limbs_.size(); ++i) {
    made.limbs_[i] ^= b.limbs_[i];
  }
  return made;
}

Bits Bits::complement() const {
  Bits made = *this;
  made.small_ = limbs_.empty() ? ~small_ : 0;
  for (uint64_t& limb : made.limbs_) {
    limb = ~limb;
  }
  made.cut();
  return made;
}

Bits Bits::negate() const {
  if (limbs_.empty()) {
    return {width_, ~small_ + 1};
  }
  return add(complement(), Bits(width_, 1));
}

Bits Bits::shift_left(uint64_t by) const {
  if (by >= width_) {
    return Bits(width_);
  }
  if (limbs_.empty()) {
    return {width_, small_ << by};
  }
  Bits made(width_);
  const auto whole = static_cast<size_t>(by / 64);
  const auto rest = static_cast<uint32_t>(by % 64);
  for (size_t i = made.limbs_.size(); i-- > whole;) {
    made.limbs_[i] = limbs_[i - whole] << rest;
    if (rest != 0 && i > whole) {
      made.limbs_[i] |= limbs_[i - whole - 1] >> (64 - rest);
    }
  }
  made.cut();
  return made;
}

Bits Bits::shift_right(uint64_t by, bool is_signed) const {
  const bool fills = is_signed && width_ > 0 && bit(width_ - 1);
  if (by >= width_) {
    return fills ? Bits(width_).complement() : Bits(width_);
  }
  Bits made(width_);
  if (limbs_.empty()) {
    made.small_ = small_ >> by;
  } else {
    const auto whole = static_cast<size_t>(by / 64);
    const auto rest = static_cast<uint32_t>(by % 64);
    for (size_t i = 0; i + whole < limbs_.size(); ++i) {
      made.limbs_[i] = limbs_[i + whole] >> rest;
      if (rest != 0 && i + whole + 1 < limbs_.size()) {
        made.limbs_[i] |= limbs_[i + whole + 1] << (64 - rest);
      }
    }
  }
  if (fills && by > 0) {
    const auto kept = static_cast<uint32_t>(width_ - by);
    made = bit_or(made, Bits(width_).complement().shift_left(kept));
  }
  return made;
}

}  // namespace outrigger::p4_ir
