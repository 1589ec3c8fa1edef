// Units as people write them, and as they mistype them.
#include "cli/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrigger::cli {
namespace {

using testing::HasSubstr;
using Unit = RateLimit::Unit;
using Direction = RateLimit::Direction;

TEST(Units, sizes_decimal_and_binary) {
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("10TB"), 10'000'000'000'000U);
  EXPECT_EQ(parse_size("10T"), 10'000'000'000'000U);
  EXPECT_EQ(parse_size("64MiB"), 64U << 20);
  EXPECT_EQ(parse_size("64 mib"), 64U << 20);
  EXPECT_EQ(parse_size("1.5G"), 1'500'000'000U);
  EXPECT_EQ(parse_size("0.5KiB"), 512U);
  EXPECT_EQ(parse_size("8PiB"), 8ULL << 50);
  EXPECT_EQ(parse_size("0"), 0U);
}

TEST(Units, sizes_mistyped_say_what_is_wrong) {
  EXPECT_THAT(parse_size("").error().what, HasSubstr("does not begin with a number"));
  EXPECT_THAT(parse_size("-5").error().what, HasSubstr("does not begin with a number"));
  EXPECT_THAT(parse_size("TB").error().what, HasSubstr("does not begin with a number"));
  EXPECT_THAT(parse_size("10XB").error().what, HasSubstr("'XB' is not a unit of size"));
  EXPECT_THAT(parse_size("10MiB/s").error().what, HasSubstr("not a unit of size"));
  EXPECT_THAT(parse_size("1.").error().what, HasSubstr("no digits behind the point"));
  EXPECT_THAT(parse_size("1.0000000001G").error().what, HasSubstr("more than nine digits"));
  EXPECT_THAT(parse_size("0.3KiB").error().what, HasSubstr("no whole number of bytes"));
  EXPECT_THAT(parse_size("99999999999999999999").error().what, HasSubstr("too large"));
  EXPECT_THAT(parse_size("9999999PB").error().what, HasSubstr("too large"));
  EXPECT_THAT(parse_size("18446744073709551615PiB").error().what, HasSubstr("too large"));
}

TEST(Units, operations_a_second) {
  EXPECT_EQ(parse_rate_limit("100KIOPS"), (RateLimit{Unit::OperationsPerSecond, Direction::Both, 100'000}));
  EXPECT_EQ(parse_rate_limit("100kiops"), (RateLimit{Unit::OperationsPerSecond, Direction::Both, 100'000}));
  EXPECT_EQ(parse_rate_limit("1.5MIOPS-read"), (RateLimit{Unit::OperationsPerSecond, Direction::Read, 1'500'000}));
  EXPECT_EQ(parse_rate_limit("500IOPS-write"), (RateLimit{Unit::OperationsPerSecond, Direction::Write, 500}));
}

TEST(Units, bandwidth_in_bits_and_bytes) {
  EXPECT_EQ(parse_rate_limit("10Gbps")->value, 1'250'000'000U);
  EXPECT_EQ(parse_rate_limit("10Gbit/s")->value, 1'250'000'000U);
  EXPECT_EQ(parse_rate_limit("8Mb/s")->value, 1'000'000U);
  EXPECT_EQ(parse_rate_limit("1GB/s")->value, 1'000'000'000U);
  EXPECT_EQ(parse_rate_limit("1GBps")->value, 1'000'000'000U);
  EXPECT_EQ(parse_rate_limit("200MiB/s-read"), (RateLimit{Unit::BytesPerSecond, Direction::Read, 200U << 20}));
}

TEST(Units, rates_mistyped_say_what_is_wrong) {
  for (const char* bad : {"100", "100K", "100KIOPS-both", "bdev1", "10G", "10Gb", "KIOPS", "100XIOPS", "5/s"}) {
    EXPECT_FALSE(parse_rate_limit(bad).has_value()) << bad;
  }
  EXPECT_THAT(parse_rate_limit("100K").error().what, HasSubstr("write 100KIOPS"));
  EXPECT_THAT(parse_rate_limit("0IOPS").error().what, HasSubstr("a limit of nothing"));
  EXPECT_THAT(parse_rate_limit("1bps").error().what, HasSubstr("no whole number of bytes a second"));
  EXPECT_THAT(parse_rate_limit("0.5IOPS").error().what, HasSubstr("no whole number of operations"));
}

TEST(Units, written_out) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(512), "512 B");
  EXPECT_EQ(format_size(1ULL << 30), "1 GiB");
  EXPECT_EQ(format_size(10'000'000'000'000ULL), "10 TB");
  EXPECT_EQ(format_size(1'000'000'512ULL), "976563 KiB");
  EXPECT_EQ(format_size(1'000'000'513ULL), "1000000513 B");
  EXPECT_EQ(format_quantity(0), "0");
  EXPECT_EQ(format_quantity(123'456), "123k");
  EXPECT_EQ(format_quantity(1'234'567), "1.23M");
  EXPECT_EQ(format_duration_ns(850), "850 ns");
  EXPECT_EQ(format_duration_ns(12'345), "12.3 us");
  EXPECT_EQ(format_duration_ns(2.5e9), "2.50 s");
}

}  // namespace
}  // namespace outrigger::cli
