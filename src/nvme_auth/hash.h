// The hash functions of NVMe in-band authentication (Base 2.0, 8.13.5.3, HashID) and what is computed with them:
// HMAC, and the HKDF of TLS 1.3. Pure functions; any thread.
#pragma once

#include "base/endian.h"
#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace outrigger::nvme_auth {

enum class HashId : uint8_t { Sha256 = 1, Sha384 = 2, Sha512 = 3 };

// The hash with that number on the wire or in a key string, when there is one.
constexpr std::optional<HashId> hash_id(unsigned number) noexcept {
  return number >= 1 && number <= 3 ? std::optional(static_cast<HashId>(number)) : std::nullopt;
}
constexpr size_t hash_bytes(HashId hash) noexcept {
  return hash == HashId::Sha256 ? 32 : hash == HashId::Sha384 ? 48 : 64;
}
// "SHA-256" and so on.
std::string_view hash_name(HashId hash) noexcept;

inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// What goes into an HMAC, put together piece by piece; wiped afterwards, because challenges may be secret.
class HashInput {
 public:
  HashInput() = default;
  HashInput(const HashInput&) = delete;
  HashInput& operator=(const HashInput&) = delete;
  ~HashInput();

  HashInput& add(std::span<const std::byte> bytes);
  HashInput& add(std::string_view text) { return add(bytes_of(text)); }
  HashInput& add(uint8_t value);
  HashInput& add_le(uint16_t value);
  HashInput& add_le(uint32_t value);
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  // As large as any input of this room, so that nothing is copied behind our back.
  static constexpr size_t capacity = 1536;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(capacity);
  size_t size_ = 0;
};

Secret digest(HashId hash, std::span<const std::byte> input);
Secret hmac(HashId hash, std::span<const std::byte> key, std::span<const std::byte> input);

// RFC 5869 with a salt of zeroes.
Secret hkdf_extract(HashId hash, std::span<const std::byte> key);
// RFC 5869; the output is as long as the hash's, which is all that NVMe asks for.
Secret hkdf_expand(HashId hash, std::span<const std::byte> key, std::span<const std::byte> info);
// RFC 8446, 7.1: HKDF-Expand-Label; `label` without "tls13 ". `context` is at most 255 bytes (checked).
Secret hkdf_expand_label(HashId hash, std::span<const std::byte> key, std::string_view label, std::string_view context);

// From the system's generator of secrets.
void fill_random(std::span<std::byte> bytes);
uint32_t random_u32();

// In a time that depends on the sizes alone.
bool is_equal(std::span<const std::byte> a, std::span<const std::byte> b) noexcept;

}  // namespace outrigger::nvme_auth
