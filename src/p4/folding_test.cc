// Folding: operators, slices and shifts of constants, and what bounds them.
#include <gtest/gtest.h>

#include <random>

#include "p4/limits.h"
#include "p4/value.h"

namespace outrigger::p4 {
namespace {

class FoldingTest : public ::testing::Test {
 protected:
  const Value& number(const Type* type, const Integer& n) { return *values_.number(type, n); }
  const Value& any(const Integer& n) { return number(types_.integer(), n); }
  Folded binary(BinaryOperator op, const Value& a, const Value& b) { return fold_binary(values_, op, a, b, a.type); }
  std::string text(const Folded& folded) { return folded.value != nullptr ? to_text(*folded.value) : folded.error; }

  TypeTable types_;
  ValueTable values_;
};

TEST_F(FoldingTest, NumbersAreCutToTheirWidth) {
  EXPECT_EQ(to_text(number(types_.bit(8), 256 + 5)), "8w5");
  EXPECT_EQ(to_text(number(types_.bit(8), -1)), "8w255");
  EXPECT_EQ(to_text(number(types_.signed_int(8), 255)), "-8s1");
  EXPECT_EQ(to_text(number(types_.signed_int(1), 1)), "-1s1");
  EXPECT_EQ(to_text(number(types_.bit(0), 7)), "0w0");
  EXPECT_EQ(to_text(any(-7)), "-7");
}

TEST_F(FoldingTest, DivisionIsForNumbersThatAreNotNegative) {
  EXPECT_EQ(text(binary(BinaryOperator::Divide, any(17), any(5))), "3");
  EXPECT_EQ(text(binary(BinaryOperator::Modulo, any(17), any(5))), "2");
  EXPECT_EQ(text(binary(BinaryOperator::Divide, any(17), any(0))), "division by zero");
  EXPECT_EQ(text(binary(BinaryOperator::Modulo, any(17), any(0))), "modulo by zero");
  EXPECT_EQ(text(binary(BinaryOperator::Divide, any(-17), any(5))), "division of negative numbers is not defined");
}

TEST_F(FoldingTest, SaturatesAtBothEnds) {
  const Type* const bit8 = types_.bit(8);
  const Type* const int8 = types_.signed_int(8);
  EXPECT_EQ(text(binary(BinaryOperator::AddSaturating, number(bit8, 250), number(bit8, 10))), "8w255");
  EXPECT_EQ(text(binary(BinaryOperator::SubtractSaturating, number(bit8, 5), number(bit8, 10))), "8w0");
  EXPECT_EQ(text(binary(BinaryOperator::AddSaturating, number(int8, 120), number(int8, 10))), "8s127");
  EXPECT_EQ(text(binary(BinaryOperator::SubtractSaturating, number(int8, -120), number(int8, 10))), "-8s128");
}

TEST_F(FoldingTest, Shifts) {
  const Type* const bit8 = types_.bit(8);
  const Type* const int8 = types_.signed_int(8);
  EXPECT_EQ(text(binary(BinaryOperator::ShiftLeft, number(bit8, 3), any(7))), "8w128");
  EXPECT_EQ(text(binary(BinaryOperator::ShiftLeft, number(bit8, 3), any(Integer(1) << 100))), "8w0");
  EXPECT_EQ(text(binary(BinaryOperator::ShiftRight, number(bit8, 200), any(Integer(1) << 100))), "8w0");
  EXPECT_EQ(text(binary(BinaryOperator::ShiftRight, number(int8, -128), any(3))), "-8s16");
  EXPECT_EQ(text(binary(BinaryOperator::ShiftRight, number(int8, -128), any(300))), "-8s1");
  EXPECT_EQ(text(binary(BinaryOperator::ShiftLeft, number(int8, 64), any(1))), "-8s128");
  EXPECT_EQ(text(binary(BinaryOperator::ShiftRight, any(-5), any(1))), "-3");  // §8.8: rounds down
  EXPECT_EQ(text(binary(BinaryOperator::ShiftLeft, any(-5), any(2))), "-20");
  EXPECT_EQ(text(binary(BinaryOperator::ShiftLeft, any(0), any(Integer(1) << 100))), "0");
  EXPECT_EQ(text(binary(BinaryOperator::ShiftLeft, any(1), any(-1))), "a shift by a negative amount is not defined");
}

TEST_F(FoldingTest, IntIsBounded) {
  const std::string too_long = "the result of this shift has more than 1048576 bits";
  EXPECT_EQ(text(binary(BinaryOperator::ShiftLeft, any(1), any(integer_bits_max))), too_long);
  EXPECT_EQ(text(binary(BinaryOperator::ShiftLeft, any(1), any(Integer(1) << 200))), too_long);
  const Folded most = binary(BinaryOperator::ShiftLeft, any(1), any(integer_bits_max - 1));
  ASSERT_NE(most.value, nullptr);
  EXPECT_EQ(text(binary(BinaryOperator::Multiply, *most.value, *most.value)), "the result has more than 1048576 bits");
  EXPECT_LE(to_text(*most.value).size(), type_text_bytes_max + 3);
}

TEST_F(FoldingTest, AllFoldingTogetherIsBounded) {
  Folded sum = binary(BinaryOperator::ShiftLeft, any(1), any(integer_bits_max - 2));
  int steps = 0;
  for (; sum.value != nullptr && steps < 100000; ++steps) {
    sum = binary(BinaryOperator::BitXor, *sum.value, *sum.value);
    sum = sum.value == nullptr ? sum : binary(BinaryOperator::ShiftLeft, any(1), any(integer_bits_max - 2));
  }
  EXPECT_LT(steps, 1000);
  EXPECT_NE(sum.error.find("64 MiB"), std::string::npos) << sum.error;
}

TEST_F(FoldingTest, ConcatenationTakesTheSignOfTheLeft) {
  const Value& left = number(types_.signed_int(4), -1);
  const Value& right = number(types_.signed_int(4), -8);
  EXPECT_EQ(text(fold_binary(values_, BinaryOperator::Concatenate, left, right, types_.signed_int(8))), "-8s8");
  EXPECT_EQ(text(fold_binary(values_, BinaryOperator::Concatenate, number(types_.bit(4), 1), right, types_.bit(8))),
            "8w24");
}

TEST_F(FoldingTest, Slices) {
  EXPECT_EQ(text(fold_slice(values_, number(types_.bit(16), 0xABCD), 11, 4, types_.bit(8))), "8w188");
  EXPECT_EQ(text(fold_slice(values_, any(-1), 70, 65, types_.bit(6))), "6w63");
  EXPECT_EQ(text(fold_slice(values_, number(types_.signed_int(8), -2), 7, 0, types_.bit(8))), "8w254");
  EXPECT_NE(fold_slice(values_, any(1), 3, 4, types_.bit(1)).error, "");
}

TEST_F(FoldingTest, ComparisonsAndLogic) {
  const Type* const boolean = types_.boolean();
  EXPECT_EQ(text(fold_binary(values_, BinaryOperator::Less, any(-1), any(0), boolean)), "true");
  EXPECT_EQ(text(fold_binary(values_, BinaryOperator::GreaterEqual, any(-1), any(0), boolean)), "false");
  const Value& yes = *values_.boolean(boolean, true);
  const Value& no = *values_.boolean(boolean, false);
  EXPECT_EQ(text(binary(BinaryOperator::And, yes, no)), "false");
  EXPECT_EQ(text(binary(BinaryOperator::Or, no, yes)), "true");
  EXPECT_EQ(text(fold_unary(values_, UnaryOperator::Not, no, boolean)), "true");
  EXPECT_EQ(text(fold_unary(values_, UnaryOperator::Complement, number(types_.bit(4), 5), types_.bit(4))), "4w10");
  EXPECT_EQ(text(fold_unary(values_, UnaryOperator::Negate, number(types_.bit(4), 5), types_.bit(4))), "4w11");
}

// Against the machine's own arithmetic.
TEST_F(FoldingTest, FixedWidthsAgreeWithTheMachine) {
  std::mt19937_64 random(7);
  const Type* const bit32 = types_.bit(32);
  const Type* const int32 = types_.signed_int(32);
  for (int i = 0; i < 500; ++i) {
    const auto a = static_cast<uint32_t>(random());
    const auto b = static_cast<uint32_t>(random());
    const auto bits = [&](BinaryOperator op) {
      return static_cast<uint32_t>(binary(op, number(bit32, a), number(bit32, b)).value->number()->get_ui());
    };
    EXPECT_EQ(bits(BinaryOperator::Add), a + b);
    EXPECT_EQ(bits(BinaryOperator::Subtract), a - b);
    EXPECT_EQ(bits(BinaryOperator::Multiply), a * b);
    EXPECT_EQ(bits(BinaryOperator::BitAnd), a & b);
    EXPECT_EQ(bits(BinaryOperator::BitOr), a | b);
    EXPECT_EQ(bits(BinaryOperator::BitXor), a ^ b);
    const auto as_signed = static_cast<int32_t>(a);
    const Value& left = number(int32, as_signed);
    const Folded shifted = fold_binary(values_, BinaryOperator::ShiftRight, left, any(b % 32), int32);
    EXPECT_EQ(shifted.value->number()->get_si(), as_signed >> (b % 32));
  }
}

}  // namespace
}  // namespace outrigger::p4
