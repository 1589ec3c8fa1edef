// Hashes over byte strings as P4 architectures name them, with the results that BMv2 gives. All are pure functions of
// bytes in network order; how fields become bytes is the caller's.
#pragma once

#include <cstdint>
#include <span>

namespace outrigger::pipeline {

// CRC with parameters, as Williams' model (1993) has them. `polynomial`, `initial` and `final_xor` in the lower
// width_bits.
struct CrcParameters {
  uint32_t width_bits = 32;  // 8 to 64
  uint64_t polynomial = 0;
  uint64_t initial = 0;
  uint64_t final_xor = 0;
  bool is_input_reflected = false;
  bool is_output_reflected = false;
};

inline constexpr CrcParameters crc16_parameters{16, 0x8005, 0, 0, true, true};  // "ARC", v1model's crc16
inline constexpr CrcParameters crc16_ccitt_parameters{16, 0x1021, 0xFFFF, 0, false, false};
inline constexpr CrcParameters crc32_parameters{32, 0x04C11DB7, 0xFFFFFFFF, 0xFFFFFFFF, true, true};   // IEEE 802.3
inline constexpr CrcParameters crc32c_parameters{32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true};  // RFC 3720

using Bytes = std::span<const uint8_t>;

// Any parameters, bit by bit in effect, a byte at a time in fact.
[[nodiscard]] uint64_t crc(const CrcParameters& parameters, Bytes bytes) noexcept;
[[nodiscard]] uint16_t crc16(Bytes bytes) noexcept;
[[nodiscard]] uint32_t crc32(Bytes bytes) noexcept;
[[nodiscard]] uint32_t crc32c(Bytes bytes) noexcept;
[[nodiscard]] uint16_t crc16_ccitt(Bytes bytes) noexcept;
// The 16-bit words, exclusive or; an odd last byte is an upper half.
[[nodiscard]] uint16_t xor16(Bytes bytes) noexcept;
// The internet checksum, RFC 1071: complement of the ones' complement sum; an odd last byte is an upper half.
[[nodiscard]] uint16_t csum16(Bytes bytes) noexcept;
// The first 8 bytes as a number, fewer when there are fewer.
[[nodiscard]] uint64_t identity(Bytes bytes) noexcept;

// PSA's and PNA's InternetChecksum: a ones' complement sum that can be added to and subtracted from (RFC 1624).
class OnesComplementSum {
 public:
  OnesComplementSum() noexcept = default;
  explicit OnesComplementSum(uint16_t state) noexcept : sum_(state) {}
  // An even number of bytes, as PSA asks for; an odd last byte is an upper half.
  void add(Bytes bytes) noexcept;
  void subtract(Bytes bytes) noexcept;
  [[nodiscard]] uint16_t checksum() const noexcept { return static_cast<uint16_t>(~sum_); }
  [[nodiscard]] uint16_t state() const noexcept { return sum_; }

 private:
  uint16_t sum_ = 0;
};

// v1model's hash(): base + hash modulo max, and `base` alone when max is 0. For results of up to 64 bits.
[[nodiscard]] constexpr uint64_t hash_in_range(uint64_t hash, uint64_t base, uint64_t max) noexcept {
  return max == 0 ? base : base + hash % max;
}

}  // namespace outrigger::pipeline
