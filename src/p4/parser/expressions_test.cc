// Expressions: precedence, ambiguities, and that what is printed reads back as the same.
#include <gtest/gtest.h>

#include "p4/parser/parsed.h"

namespace outrigger::p4 {
namespace {

// What is declared around the expression: objects a, b, c, d, f, h; types T, G<T>, E.
std::string around(std::string_view expression) {
  return "struct T {}\nstruct G<X> {}\nenum E {A}\nextern void f<X>(in X x);\n"
         "control C(in T a, in T b, in T c, in T d, in T h) { apply { x = " +
         std::string(expression) + "; } }\n";
}

const Expression* right_of(const Parsed& parsed) {
  const auto& control = to<ControlDeclaration>(*parsed.program.declarations.back());
  if (control.apply->statements.size() != 1) {
    return nullptr;
  }
  const auto* const assignment = as<AssignmentStatement>(control.apply->statements.front());
  return assignment == nullptr ? nullptr : assignment->right;
}

// All binary operators, conditionals and prefixes with parentheses, to see the tree.
std::string shape(const Expression& expression) {
  if (const auto* const binary = as<BinaryExpression>(&expression)) {
    BinaryExpression empty;
    empty.op = binary->op;
    NameExpression none;
    empty.left = &none;
    empty.right = &none;
    return "(" + shape(*binary->left) + to_text(empty) + shape(*binary->right) + ")";
  }
  if (const auto* const conditional = as<ConditionalExpression>(&expression)) {
    return "(" + shape(*conditional->condition) + " ? " + shape(*conditional->if_true) + " : " +
           shape(*conditional->if_false) + ")";
  }
  if (const auto* const unary = as<UnaryExpression>(&expression)) {
    constexpr std::string_view texts = "-+~!";
    return std::string("(") + texts[static_cast<size_t>(unary->op)] + shape(*unary->operand) + ")";
  }
  if (const auto* const cast = as<CastExpression>(&expression)) {
    return "((" + to_text(*cast->to) + ") " + shape(*cast->operand) + ")";
  }
  return to_text(expression);
}

// Reads it, checks that printing and reading again changes nothing, and gives its shape.
std::string shape(std::string_view text) {
  const Parsed parsed(around(text));
  EXPECT_EQ(parsed.errors(), "") << text;
  const Expression* const expression = right_of(parsed);
  if (expression == nullptr) {
    return "nothing";
  }
  const std::string printed = to_text(*expression);
  const Parsed again(around(printed));
  EXPECT_EQ(again.errors(), "") << printed;
  const Expression* const expression_again = right_of(again);
  EXPECT_NE(expression_again, nullptr) << printed;
  if (expression_again != nullptr) {
    EXPECT_EQ(to_text(*expression_again), printed);
    EXPECT_EQ(shape(*expression_again), shape(*expression)) << printed;
  }
  return shape(*expression);
}

TEST(Expressions, Precedence) {
  EXPECT_EQ(shape("a + b * c"), "(a + (b * c))");
  EXPECT_EQ(shape("a * b + c"), "((a * b) + c)");
  EXPECT_EQ(shape("a << b + c"), "(a << (b + c))");
  EXPECT_EQ(shape("a & b << c"), "(a & (b << c))");
  EXPECT_EQ(shape("a ^ b & c"), "(a ^ (b & c))");
  EXPECT_EQ(shape("a | b ^ c"), "(a | (b ^ c))");
  EXPECT_EQ(shape("a | b == c"), "((a | b) == c)");
  EXPECT_EQ(shape("a < b == c < d"), "((a < b) == (c < d))");
  EXPECT_EQ(shape("a == b && c != d"), "((a == b) && (c != d))");
  EXPECT_EQ(shape("a || b && c"), "(a || (b && c))");
  EXPECT_EQ(shape("a ++ b + c"), "((a ++ b) + c)");
  EXPECT_EQ(shape("a |+| b |-| c % d"), "((a |+| b) |-| (c % d))");
}

TEST(Expressions, OperatorsAreLeftAssociative) {
  EXPECT_EQ(shape("a - b - c"), "((a - b) - c)");
  EXPECT_EQ(shape("a - (b - c)"), "(a - (b - c))");
  EXPECT_EQ(shape("a / b * c"), "((a / b) * c)");
  EXPECT_EQ(shape("a >> b >> c"), "((a >> b) >> c)");
  EXPECT_EQ(shape("a && b && c"), "((a && b) && c)");
}

TEST(Expressions, PrefixesBindTighterThanOperatorsAndLooserThanSuffixes) {
  EXPECT_EQ(shape("-a + b"), "((-a) + b)");
  EXPECT_EQ(shape("!a.b"), "(!a.b)");
  EXPECT_EQ(shape("~a[3:0]"), "(~a[3:0])");
  EXPECT_EQ(shape("(~a)[3:0]"), "(~a)[3:0]");
  EXPECT_EQ(shape("(bit<8>) a + b"), "(((bit<8>) a) + b)");
  EXPECT_EQ(shape("(bit<8>) a.b"), "((bit<8>) a.b)");
  EXPECT_EQ(shape("(bit<8>) -a"), "((bit<8>) (-a))");
  EXPECT_EQ(shape("+ +a"), "(+(+a))");
  EXPECT_EQ(shape("- - -a"), "(-(-(-a)))");
}

TEST(Expressions, ConditionalsAreLoosestAndRightAssociative) {
  EXPECT_EQ(shape("a || b ? c : d"), "((a || b) ? c : d)");
  EXPECT_EQ(shape("a ? b : c ? d : h"), "(a ? b : (c ? d : h))");
  EXPECT_EQ(shape("a ? b ? c : d : h"), "(a ? (b ? c : d) : h)");
  EXPECT_EQ(shape("(a ? b : c) ? d : h"), "((a ? b : c) ? d : h)");
  EXPECT_EQ(shape("(a ? b : c) + d"), "((a ? b : c) + d)");
}

TEST(Expressions, AngleBracketsAreTypeArgumentsWhenTypesAndAParenthesisFollow) {
  EXPECT_EQ(shape("f<bit<8>>(a)"), "f<bit<8>>(a)");
  EXPECT_EQ(shape("f<T>(a)"), "f<T>(a)");
  EXPECT_EQ(shape("f<_, void>(a)"), "f<_, void>(a)");
  EXPECT_EQ(shape("f<tuple<T, G<bit<8>>>>(a)"), "f<tuple<T, G<bit<8>>>>(a)");
  EXPECT_EQ(shape("f<T[4]>(a)"), "f<T[4]>(a)");
  EXPECT_EQ(shape("f<Nobody>(a)"), "f<Nobody>(a)");
  EXPECT_EQ(shape("h.ipv4.f < a"), "(h.ipv4.f < a)");
  EXPECT_EQ(shape("a < b"), "(a < b)");
  EXPECT_EQ(shape("a < b > (c)"), "((a < b) > c)");
  EXPECT_EQ(shape("a < (b > (c))"), "(a < (b > c))");
  EXPECT_EQ(shape("a < b >> (c)"), "(a < (b >> c))");
  EXPECT_EQ(shape("a < E.A"), "(a < E.A)");
  EXPECT_EQ(shape("a.get<bit<(8 + 1)>>(b) >> c"), "(a.get<bit<(8 + 1)>>(b) >> c)");
}

TEST(Expressions, CastsAreToldFromParentheses) {
  EXPECT_EQ(shape("(T) a"), "((T) a)");
  EXPECT_EQ(shape("(T) (a)"), "((T) a)");
  EXPECT_EQ(shape("(a) - b"), "(a - b)");
  EXPECT_EQ(shape("(T) -b"), "((T) (-b))");
  EXPECT_EQ(shape("(G<bit<8>>) {1, 2}"), "((G<bit<8>>) {1, 2})");
  EXPECT_EQ(shape("(T) {a = 1, b = 2}"), "((T) {a = 1, b = 2})");
  EXPECT_EQ(shape("(.T) {#}"), "((.T) {#})");
  EXPECT_EQ(shape("(T[3]) {a, ...}"), "((T[3]) {a, ...})");
  EXPECT_EQ(shape("(E.A)"), "E.A");
  EXPECT_EQ(shape("(error) a"), "((error) a)");
  EXPECT_EQ(shape("(error.NoError == a)"), "(error.NoError == a)");
  EXPECT_EQ(shape("(tuple<bit<8>, bool>) {1, true}"), "((tuple<bit<8>, bool>) {1, true})");
}

TEST(Expressions, SuffixesAndOperands) {
  for (const std::string_view text : {"a[1]",
                                      "a[c ? 1 : 2]",
                                      "a[7:4]",
                                      "a[c ? 7 : 6:4]",
                                      "a[b+:4]",
                                      "a[b + c+:4]",
                                      "{}",
                                      "{...}",
                                      "{1, 2}",
                                      "{1, ...}",
                                      "{a = 1, ...}",
                                      "...",
                                      "{#}",
                                      "T(a)",
                                      "G<T>(a, x = b, y = _)",
                                      "f(_, a)",
                                      "this.x",
                                      ".a",
                                      ".T(1)",
                                      "\"a\\n\\\"\"",
                                      "true",
                                      "false",
                                      "8w5",
                                      "4s7",
                                      "a.apply().hit",
                                      "E.A",
                                      ".E.A",
                                      "key",
                                      "a.key.list.state",
                                      "{1, 2}[0]",
                                      "f(a)[3:0].x",
                                      "error.NoError",
                                      "a[1][2].next.last",
                                      "(a + b).c"}) {
    EXPECT_EQ(shape(text), text);
  }
  EXPECT_EQ(shape("{1, 2,}"), "{1, 2}");
  EXPECT_EQ(shape("{a = 1,}"), "{a = 1}");
  EXPECT_EQ(shape("{a = 1, ...,}"), "{a = 1, ...}");
}

TEST(Expressions, ALocalNameHidesAType) {
  const Parsed parsed("struct T {}\ncontrol C(inout T T) { apply { x = T.f; x = (T) - 1; } }");
  EXPECT_EQ(parsed.errors(), "");
  const auto& control = to<ControlDeclaration>(*parsed.program.declarations.back());
  EXPECT_NE(as<MemberExpression>(to<AssignmentStatement>(*control.apply->statements[0]).right), nullptr);
  EXPECT_NE(as<BinaryExpression>(to<AssignmentStatement>(*control.apply->statements[1]).right), nullptr);
}

TEST(Expressions, AHiddenTypeIsBackAfterItsBlock) {
  const Parsed parsed("enum E {A}\ncontrol C() { apply { { bit<8> E = 1; x = E.A; } x = E.A; } }");
  EXPECT_EQ(parsed.errors(), "");
  const auto& control = to<ControlDeclaration>(*parsed.program.declarations.back());
  EXPECT_NE(as<TypeMemberExpression>(to<AssignmentStatement>(*control.apply->statements[1]).right), nullptr);
}

TEST(Expressions, PlacesAreOfTheWholeExpression) {
  const Parsed parsed(around("a.b + f(c)"));
  const Expression* const expression = right_of(parsed);
  ASSERT_NE(expression, nullptr);
  EXPECT_EQ(parsed.source.text(expression->where), "a.b + f(c)");
  EXPECT_EQ(parsed.source.text(to<BinaryExpression>(*expression).left->where), "a.b");
}

}  // namespace
}  // namespace outrigger::p4
