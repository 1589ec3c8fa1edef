// Integers with the byte order of the wire. le16, be32 … have alignment 1 and the exact size, so that a wire
// structure is written as the specification prints it and can be laid over any byte of a buffer.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace outrigger {

template <std::unsigned_integral T, std::endian Order>
class WireInteger {
 public:
  constexpr WireInteger() noexcept = default;
  // Implicit on purpose: a wire field is assigned from and read as a plain integer.
  constexpr WireInteger(T value) noexcept {  // NOLINT(google-explicit-constructor)
    const T ordered = reorder(value);
    for (unsigned i = 0; i < sizeof(T); ++i) {
      bytes_[i] = static_cast<uint8_t>(ordered >> (8 * (native_little ? i : sizeof(T) - 1 - i)));
    }
  }
  constexpr operator T() const noexcept {  // NOLINT(google-explicit-constructor)
    return reorder(std::bit_cast<T>(bytes_));
  }

 private:
  struct Bytes {
    uint8_t at[sizeof(T)];
    constexpr uint8_t& operator[](unsigned i) { return at[i]; }
  };
  static constexpr bool native_little = std::endian::native == std::endian::little;
  static constexpr T reorder(T value) noexcept {
    if constexpr (Order == std::endian::native || sizeof(T) == 1) {
      return value;
    } else {
      return std::byteswap(value);
    }
  }
  Bytes bytes_{};
};

using le16 = WireInteger<uint16_t, std::endian::little>;
using le32 = WireInteger<uint32_t, std::endian::little>;
using le64 = WireInteger<uint64_t, std::endian::little>;
using be16 = WireInteger<uint16_t, std::endian::big>;
using be32 = WireInteger<uint32_t, std::endian::big>;
using be64 = WireInteger<uint64_t, std::endian::big>;

static_assert(sizeof(le16) == 2 && alignof(le16) == 1);
static_assert(sizeof(le64) == 8 && alignof(le64) == 1);

}  // namespace outrigger
