#include "base/utf8.h"

#include <gtest/gtest.h>

namespace outrigger {
namespace {

TEST(Utf8, what_is_well_formed) {
  for (const std::string_view text :
       {"", "nqn.2014-08.org:host", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xC3\xA4z"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Utf8, what_is_not) {
  for (const std::string_view text :
       {"\x80", "\xBF", "\xFF", "\xFE", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3z", "\xE2\x82", "\xE2\x82z",
        "\xE0\x9F\xBF",      // in more bytes than it needs
        "\xED\xA0\x80",      // half of a surrogate pair
        "\xF0\x8F\xBF\xBF",  // in more bytes than it needs
        "\xF4\x90\x80\x80",  // beyond Unicode
        "\xF5\x80\x80\x80", "\xF0\x90\x80", "a\xE4z"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace outrigger
