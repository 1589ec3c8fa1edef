// The pass constant_folding: what each kind of expression and of branch becomes; and that what cannot be decided stays.
#include "p4_ir/passes/fold.h"
#include "p4_ir/passes/pass_test.h"

namespace outrigger::p4_ir {
namespace {

using testing::HasSubstr;
using testing::Not;

// Expressions over the variables x, y (8 bits) and c (1 bit).
class Fold : public testing::Test {
 protected:
  Fold()
      : x(program.expression<Read>(program.add_variable("x", 8), 8U)),
        y(program.expression<Read>(program.add_variable("y", 8), 8U)),
        c(program.expression<Read>(program.add_variable("c", 1), 1U)) {}
  const Expression* number(uint64_t value, uint32_t width = 8) {
    return program.expression<Constant>(Bits(width, value));
  }
  std::string binary(BinaryOp op, const Expression* left, const Expression* right) {
    return text(program.expression<Binary>(op, left, right));
  }
  std::string text(const Expression* expression) { return to_text(program, *Folder(program).fold(expression)); }

  Program program;
  const Expression* const x;
  const Expression* const y;
  const Expression* const c;
};

TEST_F(Fold, constants_are_calculated) {
  EXPECT_EQ(binary(BinaryOp::Add, number(200), number(100)), "8w0x2c");
  EXPECT_EQ(binary(BinaryOp::AddSaturating, number(200), number(100)), "8w0xff");
  EXPECT_EQ(binary(BinaryOp::LessSigned, number(0x80), number(1)), "1w0x1");
  EXPECT_EQ(binary(BinaryOp::ShiftLeft, number(1), number(9)), "8w0x0");
  EXPECT_EQ(text(program.expression<Slice>(number(0xab), 7U, 4U)), "4w0xa");
  EXPECT_EQ(text(program.expression<Concatenate>(number(0xab), number(0xcd))), "16w0xabcd");
  EXPECT_EQ(text(program.expression<Resize>(number(0x80), 16U, true)), "16w0xff80");
  EXPECT_EQ(text(program.expression<Unary>(UnaryOp::Negate, number(1))), "8w0xff");
}

TEST_F(Fold, neutral_elements_leave) {
  for (const BinaryOp op : {BinaryOp::Add, BinaryOp::Subtract, BinaryOp::Or, BinaryOp::Xor, BinaryOp::ShiftLeft,
                            BinaryOp::ShiftRightSigned, BinaryOp::SubtractSaturatingSigned}) {
    EXPECT_EQ(binary(op, x, number(0)), "x") << static_cast<int>(op);
  }
  EXPECT_EQ(binary(BinaryOp::Multiply, number(1), x), "x");
  EXPECT_EQ(binary(BinaryOp::And, x, number(0xff)), "x");
  EXPECT_EQ(binary(BinaryOp::Xor, x, number(0xff)), "~x");
  EXPECT_EQ(binary(BinaryOp::Divide, x, number(1)), "x");
}

TEST_F(Fold, one_operand_may_decide) {
  EXPECT_EQ(binary(BinaryOp::And, number(0), x), "8w0x0");
  EXPECT_EQ(binary(BinaryOp::Or, x, number(0xff)), "8w0xff");
  EXPECT_EQ(binary(BinaryOp::Multiply, x, number(0)), "8w0x0");
  EXPECT_EQ(binary(BinaryOp::ShiftRight, x, number(8)), "8w0x0");
  EXPECT_EQ(binary(BinaryOp::ShiftRightSigned, x, number(8)), "(x >>s 8w0x8)");
  EXPECT_EQ(binary(BinaryOp::Less, x, number(0)), "1w0x0");
  EXPECT_EQ(binary(BinaryOp::LessEqual, x, number(0xff)), "1w0x1");
  EXPECT_EQ(binary(BinaryOp::Less, number(0), x), "(8w0x0 < x)");
}

TEST_F(Fold, a_value_with_itself) {
  EXPECT_EQ(binary(BinaryOp::Xor, x, x), "8w0x0");
  EXPECT_EQ(binary(BinaryOp::Subtract, x, x), "8w0x0");
  EXPECT_EQ(binary(BinaryOp::Equal, x, x), "1w0x1");
  EXPECT_EQ(binary(BinaryOp::Less, x, x), "1w0x0");
  EXPECT_EQ(binary(BinaryOp::Equal, x, y), "(x == y)");
  EXPECT_EQ(text(program.expression<Choose>(c, x, x)), "x");
}

TEST_F(Fold, conditions_are_turned_round) {
  const auto inverse = [&](const Expression* of) { return text(program.expression<Unary>(UnaryOp::Not, of)); };
  EXPECT_EQ(inverse(program.expression<Binary>(BinaryOp::Less, x, y)), "(y <= x)");
  EXPECT_EQ(inverse(program.expression<Unary>(UnaryOp::Not, c)), "c");
  EXPECT_EQ(binary(BinaryOp::Equal, c, number(0, 1)), "!c");
  EXPECT_EQ(binary(BinaryOp::NotEqual, number(0, 1), c), "c");
  EXPECT_EQ(text(program.expression<Choose>(c, number(0, 1), number(1, 1))), "!c");
}

TEST_F(Fold, slices_and_widths_are_taken_together) {
  const auto slice = [&](const Expression* of, uint32_t high, uint32_t low) {
    return program.expression<Slice>(of, high, low);
  };
  const auto resize = [&](const Expression* of, uint32_t width, bool is_signed) {
    return program.expression<Resize>(of, width, is_signed);
  };
  EXPECT_EQ(text(slice(slice(x, 6, 1), 3, 2)), "x[4:3]");
  EXPECT_EQ(text(slice(program.expression<Concatenate>(x, y), 11, 8)), "x[3:0]");
  EXPECT_EQ(text(slice(program.expression<Concatenate>(x, y), 11, 7)), "(x ++ y)[11:7]");
  EXPECT_EQ(text(program.expression<Concatenate>(slice(x, 7, 4), slice(x, 3, 0))), "x");
  EXPECT_EQ(text(slice(resize(x, 16, false), 7, 0)), "x");
  EXPECT_EQ(text(resize(resize(x, 16, false), 8, true)), "x");
  EXPECT_EQ(text(resize(resize(x, 16, true), 32, true)), "sext<32>(x)");
  EXPECT_EQ(text(resize(resize(x, 16, true), 32, false)), "resize<32>(sext<16>(x))");
  EXPECT_EQ(text(resize(resize(x, 4, false), 8, false)), "resize<8>(resize<4>(x))");
}

TEST_F(Fold, shared_parts_stay_shared) {
  const Expression* sum = program.expression<Binary>(BinaryOp::Add, x, number(0));
  const Expression* expression = sum;
  for (int i = 0; i < 60; ++i) {  // as a tree, 2^60 nodes
    expression = program.expression<Binary>(BinaryOp::Multiply, expression, expression);
  }
  const size_t before = program.node_count();
  Folder(program).fold(expression);
  EXPECT_LT(program.node_count() - before, 200U);
}

constexpr std::string_view pass = "constant_folding";

TEST(ConstantFolding, branches_that_are_decided_are_taken) {
  EXPECT_EQ(control_after({pass}, "const bit<8> k = 3; if (k == 3) { hdr.x = 1; } else { hdr.x = 2; } hdr.y = 5;"),
            "  c.hdr.x = 8w0x1\n  c.hdr.y = 8w0x5\n");
  EXPECT_EQ(control_after({pass}, "if (hdr.x == 3) { hdr.y = 1; }"),
            "  if (c.hdr.x == 8w0x3) {\n    c.hdr.y = 8w0x1\n  }\n");
}

TEST(ConstantFolding, a_switch_of_a_constant_is_its_case) {
  EXPECT_EQ(control_after({pass}, "switch (8w2) { 1: { hdr.x = 1; } 2: { hdr.x = 2; } default: { hdr.x = 3; } }"),
            "  c.hdr.x = 8w0x2\n");
  EXPECT_EQ(control_after({pass}, "switch (8w7) { 1: { hdr.x = 1; } default: { hdr.x = 3; } }"), "  c.hdr.x = 8w0x3\n");
}

TEST(ConstantFolding, a_select_loses_what_never_matches) {
  const std::string text = parser_after({pass}, R"(
    state start { transition select(8w2, hdr.x) { (1, 1): one; (2, 7): two; (2, _): three; default: accept; } }
    state one { transition accept; } state two { transition accept; } state three { transition accept; })");
  EXPECT_THAT(text, Not(HasSubstr("→ one")));
  EXPECT_THAT(text, HasSubstr("8w0x7 → two\n"));
  EXPECT_THAT(text, HasSubstr("_, _ → three\n"));
  EXPECT_THAT(text.substr(0, text.find("state one")), Not(HasSubstr("accept")));
}

TEST(ConstantFolding, a_mask_of_ones_is_a_value_that_may_be_equal) {
  const std::string text = parser_after({pass}, R"(
    state start { transition select(8w2, hdr.x) { (1 &&& 0xff, 1): one; (2 &&& 0xff, 7): two; default: accept; } }
    state one { transition accept; } state two { transition accept; })");
  EXPECT_THAT(text, Not(HasSubstr("→ one")));
  EXPECT_THAT(text, HasSubstr("_, 8w0x7 → two\n"));
}

TEST(ConstantFolding, a_select_that_is_decided_is_a_transition) {
  const std::string text = parser_after({pass}, R"(
    state start { transition select(8w2) { 1 : one; 2 : accept; default: one; } } state one { transition reject; })");
  EXPECT_THAT(text, HasSubstr("  state start {\n    → accept\n"));
}

TEST(ConstantFolding, verify_of_what_is_true_is_nothing) {
  const std::string text = parser_after(
      {pass}, "state start { verify(1 == 1, error.NoMatch); verify(1 == 2, error.NoMatch); transition accept; }");
  EXPECT_THAT(text, Not(HasSubstr("verify 1w0x1")));
  EXPECT_THAT(text, HasSubstr("verify 1w0x0"));
}

}  // namespace
}  // namespace outrigger::p4_ir
