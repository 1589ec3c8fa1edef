// Sizes and rates as people write them. K, M, G, T, P are decimal, Ki, Mi, Gi, Ti, Pi binary; case of the
// unit's letters is free except that b (bit) and B (byte) differ where a rate is meant.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrigger::cli {

// "10TB", "64MiB", "4096", "1.5G" → bytes. InvalidArgument says what is wrong with the text.
Result<uint64_t> parse_size(std::string_view text);

// A limit: how much of what, in which direction.
struct RateLimit {
  enum class Unit : uint8_t { OperationsPerSecond, BytesPerSecond };
  enum class Direction : uint8_t { Both, Read, Write };
  Unit unit = Unit::OperationsPerSecond;
  Direction direction = Direction::Both;
  uint64_t value = 0;

  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

// "100KIOPS", "500IOPS", "10Gbps" (bits), "1GB/s", "200MiB/s", each with "-read" or "-write" behind it or
// not.
Result<RateLimit> parse_rate_limit(std::string_view text);

// 1073741824 → "1 GiB"; 1000000000 → "1 GB"; 1000000513 → "1000000513 B": exact, in the largest unit that is.
std::string format_size(uint64_t bytes);
// 123456.0 → "123k"; three digits, for a changing display.
std::string format_quantity(double value);
// 1234567 ns → "1.23 ms".
std::string format_duration_ns(double ns);

}  // namespace outrigger::cli
