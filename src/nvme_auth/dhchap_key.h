// DhchapKey: a key of DH-HMAC-CHAP as operators configure it, "DHHC-1:hh:…:" (Base 2.0, 8.13.5.8), and the transformed
// key that authentication computes with. Any thread.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "nvme_auth/hash.h"

#include <optional>
#include <string>
#include <string_view>

namespace outrigger::nvme_auth {

class DhchapKey {
 public:
  // The error says what is wrong with the string, and nothing that is in it.
  static Result<DhchapKey> parse(std::string_view text);
  // A new random key of 32, 48 or 64 bytes (InvalidArgument otherwise). `transform` none: used as it is.
  static Result<DhchapKey> generate(size_t size_bytes, std::optional<HashId> transform);

  // The string to configure on the other side. It is the secret: never log it.
  [[nodiscard]] std::string format() const;
  [[nodiscard]] std::optional<HashId> transform() const noexcept { return transform_; }
  [[nodiscard]] size_t size_bytes() const noexcept { return secret_.size(); }

  // The transformed key of the entity called `nqn`: HMAC(key, NQN || "NVMe-over-Fabrics"), or the key itself.
  [[nodiscard]] Secret transformed(std::string_view nqn) const;

 private:
  DhchapKey(std::optional<HashId> transform, Secret secret) : transform_(transform), secret_(std::move(secret)) {}

  std::optional<HashId> transform_;
  Secret secret_;
};

}  // namespace outrigger::nvme_auth
