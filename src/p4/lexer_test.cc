// The lexer and the literals of P4-16 §6.4.
#include "p4/lexer.h"

#include <gtest/gtest.h>

#include "p4/limits.h"
#include "p4/parser/number_literal.h"

namespace outrigger::p4 {
namespace {

// Tokens in the order of the text, with a bar between them.
std::string split(std::string_view text, uint32_t errors = 0) {
  const SourceText source = SourceText::from_text("a.p4", std::string(text));
  Diagnostics diagnostics;
  std::string joined;
  for (const Token& token : tokens_of(source, diagnostics)) {
    joined += joined.empty() ? "" : "|";
    joined += token.text;
  }
  EXPECT_EQ(diagnostics.error_count(), errors) << to_text(diagnostics, source);
  return joined;
}

TEST(Lexer, TheLongestSymbolWins) {
  EXPECT_EQ(split("a|+|=b|+|c|-|d||e|=f|g"), "a||+|=|b||+||c||-||d||||e||=|f|||g|");
  EXPECT_EQ(split("a&&&b&&c&=d&e"), "a|&&&|b|&&|c|&=|d|&|e|");
  EXPECT_EQ(split("1..3 ... .a"), "1|..|3|...|.|a|");
  EXPECT_EQ(split("a<<=b<<c<=d<e"), "a|<<=|b|<<|c|<=|d|<|e|");
  EXPECT_EQ(split("{#}{a}"), "{#}|{|a|}|");
}

TEST(Lexer, ShiftsRightAreTwoTokensSinceTheyMayCloseTwoLists) {
  EXPECT_EQ(split("a>>b>>=c>=d"), "a|>|>|b|>|>=|c|>=|d|");
}

TEST(Lexer, CommentsAreSkipped) {
  EXPECT_EQ(split("a// b\nc/* d\n*/e/**/"), "a|c|e|");
  EXPECT_EQ(split("a /* b", 1), "a|");
}

TEST(Lexer, KeywordsAreNotNames) {
  const SourceText source = SourceText::from_text("a.p4", "header header_union headers _ _a value_set in inout");
  Diagnostics diagnostics;
  const auto tokens = tokens_of(source, diagnostics);
  ASSERT_EQ(tokens.size(), 9U);
  EXPECT_TRUE(tokens[0].is(Keyword::Header));
  EXPECT_TRUE(tokens[1].is(Keyword::HeaderUnion));
  EXPECT_EQ(tokens[2].kind, TokenKind::Identifier);
  EXPECT_TRUE(tokens[3].is(Symbol::Underscore));
  EXPECT_EQ(tokens[4].kind, TokenKind::Identifier);
  EXPECT_TRUE(tokens[5].is(Keyword::ValueSet));
  EXPECT_TRUE(tokens[6].is(Keyword::In));
  EXPECT_TRUE(tokens[7].is(Keyword::InOut));
  EXPECT_EQ(tokens[8].kind, TokenKind::End);
}

TEST(Lexer, AKeywordIsFoundByItsNumber) {
  for (uint8_t i = 0; i <= static_cast<uint8_t>(Keyword::Void); ++i) {
    const SourceText source = SourceText::from_text("a.p4", std::string(to_text(static_cast<Keyword>(i))));
    Diagnostics diagnostics;
    EXPECT_TRUE(tokens_of(source, diagnostics).front().is(static_cast<Keyword>(i)));
  }
  EXPECT_EQ(to_text(Symbol::Underscore), "_");
  EXPECT_EQ(to_text(Symbol::PlusSaturatingAssign), "|+|=");
  EXPECT_EQ(to_text(Symbol::ShiftLeft), "<<");
}

TEST(Lexer, StringsEndOnTheirLine) {
  EXPECT_EQ(split(R"("a \" b" c)"), R"("a \" b"|c|)");
  EXPECT_EQ(split("\"a\nb\"", 2), "\"a|b|\"|");
  EXPECT_EQ(split("\"a\\", 1), "\"a\\|");
  EXPECT_EQ(string_literal_text(R"("a\"b\\c\nd\te")"), "a\"b\\c\nd\\te");
  EXPECT_EQ(string_literal_text("\""), "");
}

TEST(Lexer, APragmaIsALine) { EXPECT_EQ(split("@pragma a b\nc @pragmas"), "@pragma a b|c|@|pragmas|"); }

TEST(Lexer, UnknownCharactersAreTokens) { EXPECT_EQ(split("a $ \xC3\xA4\xC3\xB6 '"), "a|$|\xC3\xA4\xC3\xB6|'|"); }

std::string number(std::string_view text) {
  const NumberLiteral literal = read_number_literal(text);
  if (!literal.fault.empty()) {
    return literal.fault;
  }
  const std::string width = literal.width.has_value() ? std::to_string(*literal.width) : "";
  return width + (literal.width.has_value() ? literal.is_signed ? "s" : "w" : "") + literal.number.get_str();
}

TEST(NumberLiteral, S6_4_3_2_bases_widths_and_separators) {
  EXPECT_EQ(number("10"), "10");
  EXPECT_EQ(number("007"), "7");
  EXPECT_EQ(number("1_000_"), "1000");
  EXPECT_EQ(number("0xFf"), "255");
  EXPECT_EQ(number("0b_1"), "1");
  EXPECT_EQ(number("0o17"), "15");
  EXPECT_EQ(number("0d19"), "19");
  EXPECT_EQ(number("16w0x80_00"), "16w32768");
  EXPECT_EQ(number("4s0b1010"), "4s10");
  EXPECT_EQ(number("8s1"), "8s1");
  EXPECT_EQ(number("0w0"), "0w0");
  EXPECT_EQ(number("128w0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), "128w340282366920938463463374607431768211455");
}

TEST(NumberLiteral, FaultsAreTold) {
  EXPECT_EQ(number("0x"), "this number has no digits");
  EXPECT_EQ(number("8w"), "this number has no digits");
  EXPECT_EQ(number("0b12"), "'2' is not a binary digit");
  EXPECT_EQ(number("12ab"), "'a' is not a decimal digit");
  EXPECT_EQ(number("8w0xg"), "'g' is not a hexadecimal digit");
  EXPECT_EQ(number("8w_1"), "'_' is not a decimal digit");
  EXPECT_EQ(number("99999999999999999999w1"), "the width of this number is larger than 1048576 bits");
  EXPECT_EQ(number(std::string(number_digits_max + 1, '7')), "this number has more than 65536 digits");
  EXPECT_EQ(read_number_literal(std::string(number_digits_max, '7')).fault, "");
}

}  // namespace
}  // namespace outrigger::p4
