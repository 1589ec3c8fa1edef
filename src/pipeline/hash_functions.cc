// Hashes: CRCs by tables that are made at compile time for the named ones.
#include "pipeline/hash_functions.h"

#include <algorithm>
#include <array>

namespace outrigger::pipeline {

namespace {

constexpr uint64_t reflect(uint64_t value, uint32_t bits) noexcept {
  uint64_t reflected = 0;
  for (uint32_t i = 0; i < bits; ++i) {
    reflected = reflected << 1 | (value >> i & 1);
  }
  return reflected;
}

// A reflected CRC of up to 64 bits, a byte at a time: the register is kept reflected.
struct ReflectedTable {
  std::array<uint64_t, 256> at{};

  constexpr explicit ReflectedTable(const CrcParameters& parameters) {
    const uint64_t polynomial = reflect(parameters.polynomial, parameters.width_bits);
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint64_t value = byte;
      for (int bit = 0; bit < 8; ++bit) {
        value = (value & 1) != 0 ? value >> 1 ^ polynomial : value >> 1;
      }
      at[byte] = value;
    }
  }
  [[nodiscard]] uint64_t run(uint64_t state, Bytes bytes) const noexcept {
    for (const uint8_t byte : bytes) {
      state = state >> 8 ^ at[(state ^ byte) & 0xFF];
    }
    return state;
  }
};

constexpr ReflectedTable crc16_table(crc16_parameters);
constexpr ReflectedTable crc32_table(crc32_parameters);
constexpr ReflectedTable crc32c_table(crc32c_parameters);

uint32_t sum_words(Bytes bytes) noexcept {
  uint64_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    sum += static_cast<uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  }
  if (bytes.size() % 2 != 0) {
    sum += static_cast<uint32_t>(bytes.back() << 8);
  }
  while (sum >> 16 != 0) {
    sum = (sum & 0xFFFF) + (sum >> 16);
  }
  return static_cast<uint32_t>(sum);
}

}  // namespace

uint64_t crc(const CrcParameters& parameters, Bytes bytes) noexcept {
  const uint32_t width = std::clamp(parameters.width_bits, 1U, 64U);
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  const uint64_t top = uint64_t{1} << (width - 1);
  uint64_t state = parameters.initial & mask;
  for (const uint8_t given : bytes) {
    const uint64_t byte = parameters.is_input_reflected ? reflect(given, 8) : given;
    for (int bit = 7; bit >= 0; --bit) {
      const bool is_set = ((state & top) != 0) != ((byte >> bit & 1) != 0);
      state = (state << 1 & mask) ^ (is_set ? parameters.polynomial & mask : 0);
    }
  }
  return ((parameters.is_output_reflected ? reflect(state, width) : state) ^ parameters.final_xor) & mask;
}

uint16_t crc16(Bytes bytes) noexcept { return static_cast<uint16_t>(crc16_table.run(0, bytes)); }

uint32_t crc32(Bytes bytes) noexcept { return static_cast<uint32_t>(~crc32_table.run(0xFFFFFFFF, bytes)); }

uint32_t crc32c(Bytes bytes) noexcept { return static_cast<uint32_t>(~crc32c_table.run(0xFFFFFFFF, bytes)); }

uint16_t crc16_ccitt(Bytes bytes) noexcept { return static_cast<uint16_t>(crc(crc16_ccitt_parameters, bytes)); }

uint16_t xor16(Bytes bytes) noexcept {
  uint32_t result = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    result ^= static_cast<uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  }
  return static_cast<uint16_t>(result);
}

uint16_t csum16(Bytes bytes) noexcept { return static_cast<uint16_t>(~sum_words(bytes)); }

uint64_t identity(Bytes bytes) noexcept {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes.size() && i < 8; ++i) {
    number = number << 8 | bytes[i];
  }
  return number;
}

void OnesComplementSum::add(Bytes bytes) noexcept {
  const uint32_t sum = sum_ + sum_words(bytes);
  sum_ = static_cast<uint16_t>((sum & 0xFFFF) + (sum >> 16));
}

void OnesComplementSum::subtract(Bytes bytes) noexcept {
  // PSA 1.2, InternetChecksum: subtracting is adding the complement.
  const uint32_t sum = sum_ + (~sum_words(bytes) & 0xFFFF);
  sum_ = static_cast<uint16_t>((sum & 0xFFFF) + (sum >> 16));
}

}  // namespace outrigger::pipeline
