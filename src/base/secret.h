// Secret: key bytes that are wiped when they go away. Movable, never copied or printed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace outrigger {

class Secret {
 public:
  Secret() noexcept = default;
  explicit Secret(std::span<const std::byte> bytes) : Secret(zeroes(bytes.size())) {
    std::ranges::copy(bytes, bytes_.get());
  }
  // `size` zeroes, to be written over through writable().
  static Secret zeroes(size_t size) {
    Secret made;
    made.bytes_ = std::make_unique<std::byte[]>(size);
    made.size_ = size;
    return made;
  }
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      bytes_ = std::move(other.bytes_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~Secret() { wipe(); }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] std::span<std::byte> writable() noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }
  // Another holder of the same bytes; a copy is always asked for by name.
  [[nodiscard]] Secret clone() const { return Secret(bytes()); }

  // Compares in a time that depends on the sizes alone.
  [[nodiscard]] bool equals(std::span<const std::byte> other) const noexcept {
    if (other.size() != size_) {
      return false;
    }
    uint32_t difference = 0;
    for (size_t i = 0; i < size_; ++i) {
      difference |= std::to_integer<uint32_t>(bytes_[i] ^ other[i]);
      __asm__("" : "+r"(difference));  // keeps the compiler from leaving early
    }
    return difference == 0;
  }

 private:
  void wipe() noexcept {
    if (bytes_) {
      explicit_bzero(bytes_.get(), size_);
    }
  }

  std::unique_ptr<std::byte[]> bytes_;
  size_t size_ = 0;
};

}  // namespace outrigger
