// Bits: making, reading and taking apart.
#include "p4_ir/bits.h"

#include <algorithm>

#include "base/check.h"

namespace outrigger::p4_ir {
namespace {

constexpr uint32_t limb_bits = 64;

uint32_t limbs_for(uint32_t width) { return (width + limb_bits - 1) / limb_bits; }

uint64_t mask_of(uint32_t width) { return width >= limb_bits ? ~uint64_t{0} : (uint64_t{1} << width) - 1; }

}  // namespace

Bits::Bits(uint32_t width, uint64_t low) : width_(width) {
  if (width > limb_bits) {
    limbs_.assign(limbs_for(width), 0);
    limbs_[0] = low;
  } else {
    small_ = low & mask_of(width);
  }
}

void Bits::cut() {
  if (limbs_.empty()) {
    small_ &= mask_of(width_);
  } else if (width_ % limb_bits != 0) {
    limbs_.back() &= mask_of(width_ % limb_bits);
  }
}

Bits Bits::from_integer(uint32_t width, const p4::Integer& number) {
  Bits made(width);
  p4::Integer rest;
  mpz_fdiv_r_2exp(rest.get_mpz_t(), number.get_mpz_t(), width);  // two's complement
  if (made.limbs_.empty()) {
    uint64_t low = 0;
    size_t count = 0;
    mpz_export(&low, &count, -1, sizeof(low), 0, 0, rest.get_mpz_t());
    made.small_ = count == 0 ? 0 : low;
    return made;
  }
  size_t count = 0;
  mpz_export(made.limbs_.data(), &count, -1, sizeof(uint64_t), 0, 0, rest.get_mpz_t());
  return made;
}

Bits Bits::from_bytes(uint32_t width, std::span<const uint8_t> bytes, uint32_t bit_offset) {
  check(uint64_t{bit_offset} + width <= uint64_t{bytes.size()} * 8, "the bytes hold what is read from them");
  Bits made(width);
  const uint32_t end = bit_offset + width;  // the bit after the least significant
  for (uint32_t done = 0; done < width;) {
    const uint32_t position = end - done;             // bits before it are still to be read
    const uint32_t in_byte = (position - 1) % 8 + 1;  // of the byte that holds bit position - 1
    const uint32_t count = std::min(in_byte, width - done);
    const uint64_t byte = bytes[(position - 1) / 8];
    const uint64_t part = (byte >> (8 - in_byte)) & mask_of(count);
    if (made.limbs_.empty()) {
      made.small_ |= part << done;
    } else {
      made.limbs_[done / limb_bits] |= part << (done % limb_bits);
      if (done % limb_bits + count > limb_bits) {
        made.limbs_[done / limb_bits + 1] |= part >> (limb_bits - done % limb_bits);
      }
    }
    done += count;
  }
  return made;
}

Bits Bits::from_big_endian(uint32_t width, std::span<const uint8_t> bytes) {
  if (uint64_t{bytes.size()} * 8 >= width) {
    const auto all = static_cast<uint32_t>(bytes.size() * 8);
    return from_bytes(width, bytes, all - width);
  }
  return from_bytes(static_cast<uint32_t>(bytes.size() * 8), bytes, 0).resized(width);
}

bool Bits::is_zero() const noexcept {
  return limbs_.empty() ? small_ == 0 : std::all_of(limbs_.begin(), limbs_.end(), [](uint64_t l) { return l == 0; });
}

bool Bits::bit(uint32_t index) const noexcept {
  if (index >= width_) {
    return false;
  }
  return limbs_.empty() ? (small_ >> index & 1) != 0 : (limbs_[index / limb_bits] >> (index % limb_bits) & 1) != 0;
}

bool Bits::fits_64() const noexcept {
  return limbs_.empty() || std::all_of(limbs_.begin() + 1, limbs_.end(), [](uint64_t l) { return l == 0; });
}

p4::Integer Bits::to_integer(bool is_signed) const {
  p4::Integer number;
  if (limbs_.empty()) {
    mpz_import(number.get_mpz_t(), 1, -1, sizeof(small_), 0, 0, &small_);
  } else {
    mpz_import(number.get_mpz_t(), limbs_.size(), -1, sizeof(uint64_t), 0, 0, limbs_.data());
  }
  if (is_signed && width_ > 0 && bit(width_ - 1)) {
    p4::Integer modulus = 1;
    modulus <<= width_;
    number -= modulus;
  }
  return number;
}

void Bits::to_bytes(std::span<uint8_t> bytes, uint32_t bit_offset) const {
  check(uint64_t{bit_offset} + width_ <= uint64_t{bytes.size()} * 8, "the bytes hold what is written to them");
  const uint32_t end = bit_offset + width_;
  for (uint32_t done = 0; done < width_;) {
    const uint32_t position = end - done;
    const uint32_t in_byte = (position - 1) % 8 + 1;
    const uint32_t count = std::min(in_byte, width_ - done);
    uint64_t part = limbs_.empty() ? small_ >> done : limbs_[done / limb_bits] >> (done % limb_bits);
    if (!limbs_.empty() && done % limb_bits + count > limb_bits) {
      part |= limbs_[done / limb_bits + 1] << (limb_bits - done % limb_bits);
    }
    uint8_t& byte = bytes[(position - 1) / 8];
    const uint64_t where = mask_of(count) << (8 - in_byte);
    byte = static_cast<uint8_t>((byte & ~where) | ((part << (8 - in_byte)) & where));
    done += count;
  }
}

std::vector<uint8_t> Bits::to_big_endian() const {
  std::vector<uint8_t> bytes((width_ + 7) / 8);
  if (!bytes.empty()) {
    to_bytes(bytes, static_cast<uint32_t>(bytes.size() * 8) - width_);
  }
  return bytes;
}

std::string Bits::to_hex() const { return "0x" + to_integer().get_str(16); }

Bits Bits::resized(uint32_t width, bool is_signed) const {
  if (width == width_) {
    return *this;
  }
  Bits made(width);
  const bool fills = is_signed && width_ > 0 && width > width_ && bit(width_ - 1);
  const auto limb = [&](uint32_t index) -> uint64_t {
    uint64_t own = limbs_.empty() ? (index == 0 ? small_ : 0) : (index < limbs_.size() ? limbs_[index] : 0);
    if (fills && (index + 1) * limb_bits > width_) {
      own |= index * limb_bits >= width_ ? ~uint64_t{0} : ~mask_of(width_ % limb_bits);
    }
    return own;
  };
  if (made.limbs_.empty()) {
    made.small_ = limb(0);
  } else {
    for (uint32_t i = 0; i < made.limbs_.size(); ++i) {
      made.limbs_[i] = limb(i);
    }
  }
  made.cut();
  return made;
}

Bits Bits::slice(uint32_t high, uint32_t low) const {
  check(high < width_ && low <= high, "a slice lies inside");
  if (limbs_.empty()) {
    return {high - low + 1, small_ >> low};
  }
  return shift_right(low, false).resized(high - low + 1);
}

Bits Bits::with_slice(uint32_t high, uint32_t low, const Bits& part) const {
  check(high < width_ && low <= high && part.width_ == high - low + 1,
        "a slice lies inside and is as wide as its value");
  const Bits ones = Bits(part.width_).complement().resized(width_).shift_left(low);
  return bit_or(bit_and(*this, ones.complement()), part.resized(width_).shift_left(low));
}

Bits Bits::concatenate(const Bits& high, const Bits& low) {
  const uint32_t width = high.width_ + low.width_;
  if (width <= limb_bits) {
    return {width, low.width_ >= limb_bits ? low.small_ : (high.small_ << low.width_) | low.small_};
  }
  return bit_or(high.resized(width).shift_left(low.width_), low.resized(width));
}

}  // namespace outrigger::p4_ir
