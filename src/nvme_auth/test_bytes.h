// Bytes for tests: from hexadecimal digits, counted up, and back.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::nvme_auth {

inline std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// first, first + step, … as bytes.
inline std::vector<std::byte> counted(size_t count, unsigned first, unsigned step = 1) {
  std::vector<std::byte> bytes;
  for (size_t i = 0; i < count; ++i) {
    bytes.push_back(static_cast<std::byte>((first + i * step) & 0xFFU));
  }
  return bytes;
}

inline std::string to_hex(std::span<const std::byte> bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const std::byte byte : bytes) {
    hex.push_back(digits[std::to_integer<size_t>(byte >> 4)]);
    hex.push_back(digits[std::to_integer<size_t>(byte & std::byte{15})]);
  }
  return hex;
}

}  // namespace outrigger::nvme_auth
