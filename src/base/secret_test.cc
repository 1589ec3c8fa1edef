// Secret: what it holds, what is equal, and who holds it after a move.
#include "base/secret.h"

#include <gtest/gtest.h>

#include <array>
#include <type_traits>

namespace outrigger {
namespace {

constexpr std::array<std::byte, 4> four{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};

TEST(Secret, compares_every_byte_and_the_size) {
  const Secret secret{std::span(four)};
  EXPECT_TRUE(secret.equals(four));
  EXPECT_FALSE(secret.equals(std::span(four).first(3)));
  for (size_t i = 0; i < four.size(); ++i) {
    auto other = four;
    other[i] ^= std::byte{0x80};
    EXPECT_FALSE(secret.equals(other)) << i;
  }
  EXPECT_TRUE(Secret{}.equals({}));
  EXPECT_FALSE(Secret{}.equals(four));
}

TEST(Secret, moves_and_is_copied_only_by_name) {
  static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
  Secret secret{std::span(four)};
  Secret moved = std::move(secret);
  EXPECT_TRUE(moved.equals(four));
  const Secret cloned = moved.clone();
  moved = Secret::zeroes(2);
  EXPECT_TRUE(cloned.equals(four));
  EXPECT_EQ(moved.size(), 2U);
  moved.writable()[0] = std::byte{9};
  EXPECT_EQ(moved.bytes()[0], std::byte{9});
}

}  // namespace
}  // namespace outrigger
