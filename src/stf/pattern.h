// PacketPattern: what an `expect` line says about a packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace outrigger::stf {

struct PacketPattern {
  std::string nibbles;    // '0'–'9', 'a'–'f', and '*' for one that does not matter
  bool is_whole = false;  // `$`: the packet ends where the nibbles do; otherwise they are its beginning

  friend bool operator==(const PacketPattern&, const PacketPattern&) = default;

  [[nodiscard]] size_t bytes() const { return (nibbles.size() + 1) / 2; }
  [[nodiscard]] bool matches(std::span<const uint8_t> packet) const;
  // Of one nibble; those behind the end of the packet match nothing, those behind the pattern's depend on is_whole.
  [[nodiscard]] bool matches_nibble(std::span<const uint8_t> packet, size_t index) const;
};

[[nodiscard]] char hex_digit(uint32_t value);

// Digits without spaces.
[[nodiscard]] std::string to_hex(std::span<const uint8_t> bytes);

}  // namespace outrigger::stf
