#include "pipeline/hash_functions.h"

#include "core/random.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <vector>

namespace outrigger::pipeline {
namespace {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// The check values that catalogues of CRCs give for these nine digits.
const Bytes digits = bytes_of("123456789");

TEST(HashFunctions, crcs_have_their_catalogued_check_values) {
  EXPECT_EQ(crc16(digits), 0xBB3D);
  EXPECT_EQ(crc16_ccitt(digits), 0x29B1);
  EXPECT_EQ(crc32(digits), 0xCBF43926U);
  EXPECT_EQ(crc32c(digits), 0xE3069283U);
  EXPECT_EQ(crc({64, 0x42F0E1EBA9EA3693, 0, 0, false, false}, digits), 0x6C40DF5F0B497347U);        // CRC-64/ECMA-182
  EXPECT_EQ(crc({8, 0x07, 0, 0, false, false}, digits), 0xF4U);                                     // CRC-8/SMBUS
  EXPECT_EQ(crc({64, 0x42F0E1EBA9EA3693, ~0ULL, ~0ULL, true, true}, digits), 0x995DC9BBDF1939FAU);  // CRC-64/XZ
  EXPECT_EQ(crc({24, 0x864CFB, 0xB704CE, 0, false, false}, digits), 0x21CF02U);                     // RFC 4880
  EXPECT_EQ(crc16({}), 0);
  EXPECT_EQ(crc32({}), 0U);
}

TEST(HashFunctions, named_crcs_are_what_their_parameters_say) {
  core::Random random(1);
  for (size_t size = 0; size < 40; ++size) {
    std::vector<uint8_t> bytes(size);
    for (uint8_t& byte : bytes) {
      byte = static_cast<uint8_t>(random.next());
    }
    EXPECT_EQ(crc16(bytes), crc(crc16_parameters, bytes));
    EXPECT_EQ(crc32(bytes), crc(crc32_parameters, bytes));
    EXPECT_EQ(crc32c(bytes), crc(crc32c_parameters, bytes));
  }
}

TEST(HashFunctions, csum16_is_the_internet_checksum) {
  // An IPv4 header whose checksum field is 0; its checksum is b861.
  const std::array<uint8_t, 20> header = {0x45, 0, 0,    0x73, 0, 0,    0x40, 0,    0x40, 0x11,
                                          0,    0, 0xC0, 0xA8, 0, 0x01, 0xC0, 0xA8, 0,    0xC7};
  EXPECT_EQ(csum16(header), 0xB861);
  EXPECT_EQ(csum16(bytes_of("\x01")), 0xFEFF);
  EXPECT_EQ(csum16({}), 0xFFFF);
}

TEST(HashFunctions, xor16_and_identity) {
  EXPECT_EQ(xor16(bytes_of("\x12\x34\x56\x78\x9A")), 0x12 << 8 ^ 0x34 ^ 0x56 << 8 ^ 0x78 ^ 0x9A << 8);
  EXPECT_EQ(identity(bytes_of("\x12\x34")), 0x1234U);
  EXPECT_EQ(identity(digits), 0x3132333435363738U);
  EXPECT_EQ(hash_in_range(17, 100, 10), 107U);
  EXPECT_EQ(hash_in_range(17, 100, 0), 100U);
}

TEST(OnesComplementSum, what_is_subtracted_was_never_there) {
  OnesComplementSum sum;
  sum.add(bytes_of("\x12\x34\xFF\x01"));
  OnesComplementSum other(sum.state());
  other.add(bytes_of("\xAB\xCD"));
  EXPECT_NE(other.checksum(), sum.checksum());
  other.subtract(bytes_of("\xAB\xCD"));
  EXPECT_EQ(other.checksum(), sum.checksum());
  EXPECT_EQ(sum.checksum(), csum16(bytes_of("\x12\x34\xFF\x01")));
}

}  // namespace
}  // namespace outrigger::pipeline
