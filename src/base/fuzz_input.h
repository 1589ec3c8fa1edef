// FuzzInput: what is left of a fuzzer's input, read as a script: small numbers and runs of bytes. An input that ends
// goes on as zeroes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace outrigger {

class FuzzInput {
 public:
  explicit FuzzInput(std::span<const uint8_t> bytes) noexcept : bytes_(bytes) {}
  [[nodiscard]] bool is_empty() const noexcept { return bytes_.empty(); }
  uint8_t byte() noexcept {
    if (bytes_.empty()) {
      return 0;
    }
    const uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  // Little endian.
  uint16_t word() noexcept {
    const uint8_t low = byte();
    return static_cast<uint16_t>(low | (byte() << 8U));
  }
  uint32_t dword() noexcept {
    const uint32_t low = word();
    return low | (uint32_t{word()} << 16U);
  }
  // The next `count` bytes, or as many as there are.
  std::span<const std::byte> take(size_t count) noexcept {
    const auto taken = std::as_bytes(bytes_.first(std::min(count, bytes_.size())));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const uint8_t> bytes_;
};

}  // namespace outrigger
