// Bits against GMP's integers: every operation, at random, at widths around the limbs' borders.
#include "p4_ir/bits.h"

#include <gtest/gtest.h>

#include <random>

namespace outrigger::p4_ir {
namespace {

class BitsAtRandom : public testing::TestWithParam<uint32_t> {
 protected:
  Bits some() {
    std::vector<uint8_t> bytes((GetParam() + 7) / 8);
    for (uint8_t& byte : bytes) {
      byte = random_() % 4 == 0 ? (random_() % 2 == 0 ? 0xFF : 0) : static_cast<uint8_t>(random_());
    }
    return Bits::from_big_endian(GetParam(), bytes);
  }
  p4::Integer modulo(const p4::Integer& number) {
    p4::Integer rest;
    mpz_fdiv_r_2exp(rest.get_mpz_t(), number.get_mpz_t(), GetParam());
    return rest;
  }
  std::mt19937_64 random_{GetParam()};
};

TEST_P(BitsAtRandom, agrees_with_integers) {
  const uint32_t width = GetParam();
  for (int round = 0; round < 300; ++round) {
    const Bits a = some();
    const Bits b = some();
    const p4::Integer x = a.to_integer();
    const p4::Integer y = b.to_integer();
    EXPECT_EQ(Bits::add(a, b).to_integer(), modulo(x + y));
    EXPECT_EQ(Bits::subtract(a, b).to_integer(), modulo(x - y));
    EXPECT_EQ(Bits::multiply(a, b).to_integer(), modulo(x * y));
    EXPECT_EQ(Bits::bit_and(a, b).to_integer(), x & y);
    EXPECT_EQ(Bits::bit_or(a, b).to_integer(), x | y);
    EXPECT_EQ(Bits::bit_xor(a, b).to_integer(), x ^ y);
    EXPECT_EQ(a.complement().to_integer(), modulo(-x - 1));
    EXPECT_EQ(a.negate().to_integer(), modulo(-x));
    EXPECT_EQ(Bits::less_unsigned(a, b), x < y);
    EXPECT_EQ(Bits::less_signed(a, b), a.to_integer(true) < b.to_integer(true));
    EXPECT_EQ(a == b, x == y);
    if (y != 0) {
      EXPECT_EQ(Bits::divide(a, b).to_integer(), x / y);
      EXPECT_EQ(Bits::modulo(a, b).to_integer(), x % y);
    }
    const auto by = static_cast<uint32_t>(random_() % (width + 3));
    EXPECT_EQ(a.shift_left(by).to_integer(), modulo(x << by));
    EXPECT_EQ(a.shift_right(by, false).to_integer(), x >> by);
    p4::Integer arithmetic;
    mpz_fdiv_q_2exp(arithmetic.get_mpz_t(), a.to_integer(true).get_mpz_t(), by);
    EXPECT_EQ(a.shift_right(by, true).to_integer(true), arithmetic) << width << " >> " << by;
  }
}

TEST_P(BitsAtRandom, saturates) {
  const uint32_t width = GetParam();
  const p4::Integer one = 1;
  for (int round = 0; round < 100; ++round) {
    const Bits a = some();
    const Bits b = some();
    for (const bool is_signed : {false, true}) {
      const p4::Integer most = (one << (is_signed ? width - 1 : width)) - 1;
      const p4::Integer fewest = is_signed ? p4::Integer(-(one << (width - 1))) : p4::Integer(0);
      const auto clamp = [&](const p4::Integer& n) { return n > most ? most : n < fewest ? fewest : n; };
      const p4::Integer sum = a.to_integer(is_signed) + b.to_integer(is_signed);
      const p4::Integer difference = a.to_integer(is_signed) - b.to_integer(is_signed);
      EXPECT_EQ(Bits::add_saturating(a, b, is_signed).to_integer(is_signed), clamp(sum));
      EXPECT_EQ(Bits::subtract_saturating(a, b, is_signed).to_integer(is_signed), clamp(difference));
    }
  }
}

TEST_P(BitsAtRandom, takes_apart_and_puts_together) {
  const uint32_t width = GetParam();
  for (int round = 0; round < 100; ++round) {
    const Bits a = some();
    const auto high = static_cast<uint32_t>(random_() % width);
    const auto low = static_cast<uint32_t>(random_() % (high + 1));
    const p4::Integer one = 1;
    const p4::Integer part = (a.to_integer() >> low) % (one << (high - low + 1));
    EXPECT_EQ(a.slice(high, low).to_integer(), part);
    EXPECT_EQ(a.with_slice(high, low, a.slice(high, low)), a);
    EXPECT_EQ(Bits(width).with_slice(high, low, a.slice(high, low)).slice(high, low), a.slice(high, low));
    if (high + 1 < width) {
      EXPECT_EQ(Bits::concatenate(a.slice(width - 1, high + 1), a.slice(high, 0)), a);
    }
    const auto wider = width + static_cast<uint32_t>(random_() % 70);
    EXPECT_EQ(a.resized(wider).to_integer(), a.to_integer());
    EXPECT_EQ(a.resized(wider, true).to_integer(true), a.to_integer(true));
    EXPECT_EQ(a.resized(wider).resized(width), a);
    std::vector<uint8_t> bytes((width + 7) / 8 + 3, 0xA5);
    const auto offset = static_cast<uint32_t>(random_() % 17);
    a.to_bytes(bytes, offset);
    EXPECT_EQ(Bits::from_bytes(width, bytes, offset), a);
    for (uint32_t bit = 0; bit < bytes.size() * 8; ++bit) {
      if (bit < offset || bit >= offset + width) {
        EXPECT_EQ(bytes[bit / 8] >> (7 - bit % 8) & 1, 0xA5 >> (7 - bit % 8) & 1) << "bits beside stay";
      }
    }
    EXPECT_EQ(Bits::from_big_endian(width, a.to_big_endian()), a);
    EXPECT_EQ(Bits::from_integer(width, a.to_integer(true)), a);
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, BitsAtRandom,
                         testing::Values(1, 2, 7, 8, 9, 31, 32, 33, 48, 63, 64, 65, 127, 128, 129, 200, 1000));

TEST(Bits, no_bits_at_all) {
  const Bits none;
  EXPECT_EQ(none.width(), 0U);
  EXPECT_TRUE(none.is_zero());
  EXPECT_TRUE(none.to_big_endian().empty());
  EXPECT_EQ(Bits::from_big_endian(16, {}), Bits(16));
}

}  // namespace
}  // namespace outrigger::p4_ir
