// Numbers of scripts, and what they become in keys and arguments.
#include "stf/number.h"

#include <gtest/gtest.h>

#include <string>

#include "stf/key_value.h"
#include "stf/limits.h"

namespace outrigger::stf {
namespace {

Number number(std::string_view text) {
  auto parsed = parse_number(text);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << (parsed.has_value() ? "" : parsed.error().what);
  return parsed.value_or(Number{});
}

Value plain(std::string_view text) { return {.form = ValueForm::Plain, .first = number(text), .second = {}}; }

Value pair(ValueForm form, std::string_view first, std::string_view second) {
  return {.form = form, .first = number(first), .second = number(second)};
}

KeyValue key(const Value& value, MatchKind match_kind, uint32_t width) {
  auto made = make_key_value(value, match_kind, width);
  EXPECT_TRUE(made.has_value()) << made.error().what;
  return made.value_or(KeyValue{});
}

bool is_refused(const Value& value, MatchKind match_kind, uint32_t width) {
  return !make_key_value(value, match_kind, width).has_value();
}

TEST(Number, bases) {
  EXPECT_EQ(to_uint64(number("255")), 255U);
  EXPECT_EQ(to_uint64(number("0xFf")), 255U);
  EXPECT_EQ(to_uint64(number("0XFF")), 255U);
  EXPECT_EQ(to_uint64(number("0b1111_1111")), 255U);
  EXPECT_EQ(to_uint64(number("0o377")), 255U);
  EXPECT_EQ(to_uint64(number("0")), 0U);
  EXPECT_EQ(to_uint64(number("007")), 7U);
  EXPECT_EQ(to_uint64(number("true")), 1U);
  EXPECT_EQ(to_uint64(number("10.0.0.1")), 0x0A000001U);
  EXPECT_EQ(to_uint64(number("00:11:22:aa:BB:cc")), 0x001122AABBCCU);
  EXPECT_EQ(to_uint64(number("18446744073709551615")), UINT64_MAX);
}

TEST(Number, what_is_none) {
  for (const char* const text : {"", "-", "x", "0x", "0b2", "0xg", "1a", "--1", "1-", "10.0.0", "10.0.0.256",
                                 "10.0.0.1.", "0x1.2", "1.5", "00:11:22:33:44", "00:11:22:33:44:5x", "0b", "$1", "_"}) {
    EXPECT_FALSE(parse_number(text).has_value()) << text;
  }
}

TEST(Number, widths_have_a_limit) {
  EXPECT_TRUE(parse_number("0x" + std::string(number_bits_max / 4, 'f')).has_value());
  EXPECT_FALSE(parse_number("0x" + std::string(number_bits_max / 4 + 1, 'f')).has_value());
  EXPECT_FALSE(parse_number(std::string(2000, '9')).has_value());
  EXPECT_FALSE(parse_number(std::string(100'000, '9')).has_value());
}

TEST(Number, not_64_bits) {
  EXPECT_FALSE(to_uint64(number("18446744073709551616")).has_value());
  EXPECT_FALSE(to_uint64(number("-1")).has_value());
  EXPECT_FALSE(to_uint64(number("0x*1")).has_value());
  EXPECT_FALSE(to_uint64(number("*")).has_value());
}

TEST(Fit, widths) {
  EXPECT_EQ(fit(number("0x0001"), 1), Bytes({1}));
  EXPECT_EQ(fit(number("1"), 9), Bytes({0, 1}));
  EXPECT_EQ(fit(number("511"), 9), Bytes({1, 0xFF}));
  EXPECT_EQ(fit(number("0"), 0), Bytes());
  EXPECT_EQ(fit(number("0x010203"), 24), Bytes({1, 2, 3}));
  EXPECT_FALSE(fit(number("512"), 9).has_value());
  EXPECT_FALSE(fit(number("256"), 8).has_value());
  EXPECT_FALSE(fit(number("1"), 0).has_value());
  EXPECT_FALSE(fit(number("0x*1"), 8).has_value());
}

TEST(Fit, negative_numbers_are_twos_complement) {
  EXPECT_EQ(fit(number("-1"), 12), Bytes({0x0F, 0xFF}));
  EXPECT_EQ(fit(number("-128"), 8), Bytes({0x80}));
  EXPECT_EQ(fit(number("-256"), 16), Bytes({0xFF, 0x00}));
  EXPECT_EQ(fit(number("-0"), 8), Bytes({0}));
  EXPECT_EQ(fit(number("-1"), 1), Bytes({1}));
  EXPECT_FALSE(fit(number("-129"), 8).has_value());
  EXPECT_FALSE(fit(number("-2"), 1).has_value());
}

TEST(KeyValue, exact) {
  EXPECT_EQ(key(plain("0x0800"), MatchKind::Exact, 16), KeyValue(ExactValue{{8, 0}}));
  EXPECT_EQ(key(pair(ValueForm::Prefix, "0x12", "8"), MatchKind::Exact, 8), KeyValue(ExactValue{{0x12}}));
  EXPECT_EQ(key(pair(ValueForm::Masked, "0x12", "0xff"), MatchKind::Exact, 8), KeyValue(ExactValue{{0x12}}));
  EXPECT_TRUE(is_refused(pair(ValueForm::Prefix, "0x12", "7"), MatchKind::Exact, 8));
  EXPECT_TRUE(is_refused(pair(ValueForm::Range, "1", "2"), MatchKind::Exact, 8));
  EXPECT_TRUE(is_refused(plain("0x1*"), MatchKind::Exact, 8));
  EXPECT_TRUE(is_refused(plain("0x*1"), MatchKind::Exact, 8));
}

TEST(KeyValue, lpm) {
  EXPECT_EQ(key(pair(ValueForm::Prefix, "0x0A0000FF", "8"), MatchKind::Lpm, 32), KeyValue(LpmValue{{10, 0, 0, 0}, 8}));
  EXPECT_EQ(key(pair(ValueForm::Prefix, "0", "0"), MatchKind::Lpm, 32), KeyValue(LpmValue{{0, 0, 0, 0}, 0}));
  EXPECT_EQ(key(pair(ValueForm::Prefix, "0x1ff", "3"), MatchKind::Lpm, 9), KeyValue(LpmValue{{1, 0xC0}, 3}));
  EXPECT_EQ(key(plain("0x12"), MatchKind::Lpm, 8), KeyValue(LpmValue{{0x12}, 8}));
  EXPECT_EQ(key(plain("0x12**"), MatchKind::Lpm, 16), KeyValue(LpmValue{{0x12, 0}, 8}));
  EXPECT_EQ(key(plain("*"), MatchKind::Lpm, 16), KeyValue(LpmValue{{0, 0}, 0}));
  EXPECT_EQ(key(pair(ValueForm::Masked, "0x1234", "0xff00"), MatchKind::Lpm, 16), KeyValue(LpmValue{{0x12, 0}, 8}));
  EXPECT_TRUE(is_refused(pair(ValueForm::Masked, "0x1234", "0x0ff0"), MatchKind::Lpm, 16));
  EXPECT_TRUE(is_refused(pair(ValueForm::Prefix, "0x12", "33"), MatchKind::Lpm, 32));
}

TEST(KeyValue, ternary) {
  EXPECT_EQ(key(plain("0x12*4"), MatchKind::Ternary, 16), KeyValue(TernaryValue{{0x12, 4}, {0xFF, 0x0F}}));
  EXPECT_EQ(key(plain("0b0*1"), MatchKind::Ternary, 8), KeyValue(TernaryValue{{1}, {5}}));
  EXPECT_EQ(key(plain("5"), MatchKind::Ternary, 9), KeyValue(TernaryValue{{0, 5}, {1, 0xFF}}));
  EXPECT_EQ(key(plain("*"), MatchKind::Ternary, 9), KeyValue(TernaryValue{{0, 0}, {0, 0}}));
  EXPECT_EQ(key(pair(ValueForm::Masked, "0xffff", "0x0ff0"), MatchKind::Ternary, 16),
            KeyValue(TernaryValue{{0x0F, 0xF0}, {0x0F, 0xF0}}));
  EXPECT_EQ(key(pair(ValueForm::Prefix, "0xffff", "4"), MatchKind::Ternary, 16),
            KeyValue(TernaryValue{{0xF0, 0}, {0xF0, 0}}));
  EXPECT_TRUE(is_refused(pair(ValueForm::Range, "1", "2"), MatchKind::Ternary, 16));
  EXPECT_TRUE(is_refused(plain("0x1****"), MatchKind::Ternary, 16));
}

TEST(KeyValue, ternary_digits_that_are_not_written_do_not_matter) {
  EXPECT_EQ(key(plain("0x01"), MatchKind::Ternary, 16), KeyValue(TernaryValue{{0, 1}, {0, 0xFF}}));
  EXPECT_EQ(key(plain("0x001"), MatchKind::Ternary, 9), KeyValue(TernaryValue{{0, 1}, {1, 0xFF}}));
}

TEST(KeyValue, range) {
  EXPECT_EQ(key(pair(ValueForm::Range, "1", "0x10"), MatchKind::Range, 8), KeyValue(RangeValue{{1}, {16}}));
  EXPECT_EQ(key(plain("7"), MatchKind::Range, 8), KeyValue(RangeValue{{7}, {7}}));
  EXPECT_EQ(key(plain("*"), MatchKind::Range, 9), KeyValue(RangeValue{{0, 0}, {1, 0xFF}}));
  EXPECT_TRUE(is_refused(pair(ValueForm::Range, "2", "1"), MatchKind::Range, 8));
  EXPECT_TRUE(is_refused(pair(ValueForm::Masked, "2", "1"), MatchKind::Range, 8));
}

TEST(KeyValue, optional) {
  EXPECT_EQ(key(plain("7"), MatchKind::Optional, 8), KeyValue(OptionalValue{Bytes{7}}));
  EXPECT_EQ(key(plain("0x**"), MatchKind::Optional, 8), KeyValue(OptionalValue{}));
  EXPECT_EQ(key(pair(ValueForm::Masked, "7", "0"), MatchKind::Optional, 8), KeyValue(OptionalValue{}));
  EXPECT_EQ(key(pair(ValueForm::Masked, "7", "0xff"), MatchKind::Optional, 8), KeyValue(OptionalValue{Bytes{7}}));
  EXPECT_TRUE(is_refused(pair(ValueForm::Masked, "7", "0xf"), MatchKind::Optional, 8));
}

TEST(KeyValue, not_given_matches_anything_but_in_exact_keys) {
  EXPECT_EQ(value_not_given(MatchKind::Exact, 9), KeyValue(ExactValue{{0, 0}}));
  EXPECT_EQ(value_not_given(MatchKind::Lpm, 9), KeyValue(LpmValue{{0, 0}, 0}));
  EXPECT_EQ(value_not_given(MatchKind::Ternary, 9), KeyValue(TernaryValue{{0, 0}, {0, 0}}));
  EXPECT_EQ(value_not_given(MatchKind::Range, 9), KeyValue(RangeValue{{0, 0}, {1, 0xFF}}));
  EXPECT_EQ(value_not_given(MatchKind::Optional, 9), KeyValue(OptionalValue{}));
}

}  // namespace
}  // namespace outrigger::stf
