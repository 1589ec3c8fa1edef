// The Diffie-Hellman exchange of DH-HMAC-CHAP (Base 2.0, 8.13.5.3, DHgID): groups of RFC 7919, values as long as the
// group's prime, big endian. Control plane: one exchange takes up to tens of milliseconds in the largest group.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace outrigger::nvme_auth {

enum class DhGroup : uint8_t { Null = 0, Ffdhe2048 = 1, Ffdhe3072 = 2, Ffdhe4096 = 3, Ffdhe6144 = 4, Ffdhe8192 = 5 };

constexpr std::optional<DhGroup> dh_group(unsigned number) noexcept {
  return number <= 5 ? std::optional(static_cast<DhGroup>(number)) : std::nullopt;
}
// Bytes of a DH value; 0 for Null.
constexpr size_t dh_value_bytes(DhGroup group) noexcept {
  constexpr size_t sizes[] = {0, 256, 384, 512, 768, 1024};
  return sizes[static_cast<size_t>(group)];
}
inline constexpr size_t dh_value_bytes_max = 1024;
// "null", "ffdhe2048" and so on.
std::string_view dh_group_name(DhGroup group) noexcept;

// One side's key for one transaction.
class EphemeralKey {
 public:
  // A new random key. `group` is not Null (checked). Internal when OpenSSL has none to give.
  static Result<EphemeralKey> generate(DhGroup group);

  [[nodiscard]] std::span<const std::byte> public_value() const noexcept { return public_value_; }
  // g^xy mod p with all its leading zeroes. InvalidArgument when the peer's value is none of the group: too short or
  // long, 0, 1, p - 1 or more.
  [[nodiscard]] Result<Secret> shared_secret(std::span<const std::byte> peer_value) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;
  };
  using Key = std::unique_ptr<evp_pkey_st, Free>;
  EphemeralKey(Key key, std::vector<std::byte> public_value)
      : key_(std::move(key)), public_value_(std::move(public_value)) {}

  Key key_;
  std::vector<std::byte> public_value_;
};

}  // namespace outrigger::nvme_auth
