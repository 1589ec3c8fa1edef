// Secret: key bytes that are wiped when they go away. Movable, never copied or printed.
#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace outrigger::accel {

class Secret {
 public:
  Secret() noexcept = default;
  explicit Secret(std::span<const std::byte> bytes)
      : bytes_(std::make_unique<std::byte[]>(bytes.size())), size_(bytes.size()) {
    for (size_t i = 0; i < size_; ++i) {
      bytes_[i] = bytes[i];
    }
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
  // Compares in a time that depends on the sizes alone.
  [[nodiscard]] bool equals(std::span<const std::byte> other) const noexcept {
    return other.size() == size_ && (size_ == 0 || CRYPTO_memcmp(bytes_.get(), other.data(), size_) == 0);
  }

 private:
  void wipe() noexcept {
    if (bytes_) {
      OPENSSL_cleanse(bytes_.get(), size_);
    }
  }

  std::unique_ptr<std::byte[]> bytes_;
  size_t size_ = 0;
};

}  // namespace outrigger::accel
