// PacketPattern: comparing.
#include "stf/pattern.h"

#include <algorithm>

namespace outrigger::stf {

char hex_digit(uint32_t value) {
  constexpr char digits[] = "0123456789abcdef";
  return digits[value & 0xFU];
}

std::string to_hex(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    text += hex_digit(uint32_t{byte} >> 4U);
    text += hex_digit(byte);
  }
  return text;
}

bool PacketPattern::matches_nibble(std::span<const uint8_t> packet, size_t index) const {
  if (index >= nibbles.size()) {
    return index >= packet.size() * 2 || !is_whole;
  }
  if (index >= packet.size() * 2) {
    return false;  // also for `*`: it stands for a nibble that is there
  }
  const uint32_t byte = packet[index / 2];
  return nibbles[index] == '*' || nibbles[index] == hex_digit(index % 2 == 0 ? byte >> 4U : byte);
}

bool PacketPattern::matches(std::span<const uint8_t> packet) const {
  const size_t count = std::max(nibbles.size(), packet.size() * 2);
  for (size_t i = 0; i < count; ++i) {
    if (!matches_nibble(packet, i)) {
      return false;
    }
  }
  return true;
}

}  // namespace outrigger::stf
