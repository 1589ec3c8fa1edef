#include "base/endian.h"

#include <gtest/gtest.h>

namespace outrigger {
namespace {

TEST(Endian, bytes_stand_in_wire_order) {
  const le32 little = 0x11223344U;
  const be32 big = 0x11223344U;
  unsigned char bytes[4];
  std::memcpy(bytes, &little, 4);
  EXPECT_EQ(bytes[0], 0x44);
  EXPECT_EQ(bytes[3], 0x11);
  std::memcpy(bytes, &big, 4);
  EXPECT_EQ(bytes[0], 0x11);
  EXPECT_EQ(bytes[3], 0x44);
  EXPECT_EQ(little, 0x11223344U);
  EXPECT_EQ(big, 0x11223344U);
}

}  // namespace
}  // namespace outrigger
