// Patterns and how differences from them are shown.
#include "stf/difference.h"

#include <gtest/gtest.h>

#include <vector>

namespace outrigger::stf {
namespace {

using Data = std::vector<uint8_t>;

TEST(PacketPattern, matches) {
  EXPECT_TRUE((PacketPattern{"0a*b", false}.matches(Data{0x0A, 0x1B})));
  EXPECT_TRUE((PacketPattern{"0a*b", false}.matches(Data{0x0A, 0x1B, 0xFF})));
  EXPECT_TRUE((PacketPattern{"0a*", false}.matches(Data{0x0A, 0x1B})));
  EXPECT_TRUE((PacketPattern{"0a*b", true}.matches(Data{0x0A, 0x1B})));
  EXPECT_TRUE((PacketPattern{"", true}.matches(Data{})));
  EXPECT_FALSE((PacketPattern{"0a*b", true}.matches(Data{0x0A, 0x1B, 0xFF})));
  EXPECT_FALSE((PacketPattern{"0a*b", true}.matches(Data{0x0A})));
  EXPECT_FALSE((PacketPattern{"0a**", false}.matches(Data{0x0A})));
  EXPECT_FALSE((PacketPattern{"0a1b", false}.matches(Data{0x0A, 0x1C})));
  EXPECT_FALSE((PacketPattern{"", true}.matches(Data{0})));
}

TEST(Difference, marks_the_nibbles) {
  EXPECT_EQ(difference(PacketPattern{"0011*233", true}, Data{0x00, 0x12, 0x32, 0x33}),
            "expected 4 bytes, got 4\n"
            "  0000  expected  00 11 *2 33\n"
            "        got       00 12 32 33\n"
            "                      ^");
}

TEST(Difference, of_length) {
  EXPECT_EQ(difference(PacketPattern{"0011", true}, Data{0x00}),
            "expected 2 bytes, got 1\n"
            "  0000  expected  00 11\n"
            "        got       00\n"
            "                     ^^");
  EXPECT_EQ(difference(PacketPattern{"0", true}, Data{0x00, 0x01}),
            "expected 0 and a half bytes, got 2\n"
            "  0000  expected  0\n"
            "        got       00 01\n"
            "                   ^ ^^");
}

TEST(Difference, leaves_out_equal_rows) {
  Data packet(64, 0);
  packet[40] = 0x10;
  EXPECT_EQ(difference(PacketPattern{std::string(128, '0'), false}, packet),
            "expected at least 64 bytes, got 64\n"
            "  0020  expected  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
            "        got       00 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00\n"
            "                                          ^");
}

TEST(Difference, is_bounded) {
  const std::string text = difference(PacketPattern{std::string(131'072, '1'), true}, Data(65'536, 0));
  EXPECT_LT(text.size(), 4096U);
  EXPECT_NE(text.find("further rows"), std::string::npos);
}

TEST(Difference, summary) {
  EXPECT_EQ(summary(Data{0xAB}), "ab (1 byte)");
  EXPECT_EQ(summary(Data{}), " (0 bytes)");
  EXPECT_LT(summary(Data(1000, 1)).size(), 200U);
}

}  // namespace
}  // namespace outrigger::stf
