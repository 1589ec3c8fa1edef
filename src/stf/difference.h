// difference.h: how a packet differs from what is expected, for a person to read.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "stf/pattern.h"

namespace outrigger::stf {

// The lengths, and the rows of sixteen bytes that differ, with marks below the nibbles that do:
//
//   expected 20 bytes, got 18
//     0010  expected  00 ** 12 34
//           got       00 01 13
//                            ^ ^^
//
// Rows that are equal are left out, and so is what is beyond the first rows. No line end at the end. Also for packets
// that match: then it is the lengths alone.
[[nodiscard]] std::string difference(const PacketPattern& expected, std::span<const uint8_t> got);

// The beginning of a packet in digits, and its length: "0011… (64 bytes)".
[[nodiscard]] std::string summary(std::span<const uint8_t> packet);

}  // namespace outrigger::stf
