// TLS pre-shared keys of NVMe/TCP: the configured PSK as operators exchange it, "NVMeTLSkey-1:hh:…:", the retained PSK
// of one host, and the TLS PSK with its identity for one host and subsystem (NVMe/TCP 1.0, 3.6.1.3 to 3.6.1.5, with
// TP 8018's identities of version 1). Pure functions; any thread.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "nvme_auth/hash.h"

#include <optional>
#include <string>
#include <string_view>

namespace outrigger::nvme_auth {

// How HkdfLabel is laid out. The specification means RFC 8446. Older releases of libnvme leave the lengths out of it
// (newer ones when told --compat), so that a target may have to know both.
enum class Derivation : uint8_t { Rfc8446, LibnvmeCompatible };

enum class PskVersion : uint8_t { V0 = 0, V1 = 1 };
enum class PskType : char { Retained = 'R', Generated = 'G' };

// The input PSK of the derivation, with the hash of the cipher suite that it is for: SHA-256 is TLS_AES_128_GCM_SHA256,
// SHA-384 is TLS_AES_256_GCM_SHA384.
struct InputPsk {
  PskType type = PskType::Retained;
  HashId hash = HashId::Sha256;
  Secret secret;
};

// The PSK as it is configured: 32 bytes for SHA-256, 48 for SHA-384.
class ConfiguredPsk {
 public:
  // The error says what is wrong with the string, and nothing that is in it.
  static Result<ConfiguredPsk> parse(std::string_view text);
  static Result<ConfiguredPsk> generate(HashId hash);

  // The string to configure on the other side. It is the secret: never log it.
  [[nodiscard]] std::string format() const;
  // Of the cipher suite; the secret's length decides where the string says 00.
  [[nodiscard]] HashId hash() const noexcept { return hash_; }

  // The PSK that the host called `hostnqn` retains: derived, or (00) the configured one itself. `hostnqn` has at most
  // nqn_bytes_max bytes (checked).
  [[nodiscard]] InputPsk retained(std::string_view hostnqn, Derivation derivation = Derivation::Rfc8446) const;

 private:
  ConfiguredPsk(HashId hash, bool is_transformed, Secret secret)
      : hash_(hash), is_transformed_(is_transformed), secret_(std::move(secret)) {}

  HashId hash_;
  bool is_transformed_;
  Secret secret_;
};

// What TLS is given.
struct TlsPsk {
  std::string identity;  // no secret
  HashId hash = HashId::Sha256;
  Secret key;  // as long as the hash's output
};

// For the connections of one host to one subsystem. InvalidArgument: an NQN that is empty or too long, or (version 0)
// an identity of more than 255 bytes, which HKDF-Expand-Label cannot take.
Result<TlsPsk> derive_tls_psk(const InputPsk& psk, PskVersion version, std::string_view hostnqn,
                              std::string_view subnqn, Derivation derivation = Derivation::Rfc8446);

// Which key it is, for who must see later whether it is the same: identities of version 0 do not say. Tells nothing of
// the key, and is for comparing only.
std::string fingerprint_of(const TlsPsk& psk);

// What an identity says of itself. Views into the text that was parsed.
struct PskIdentity {
  PskVersion version = PskVersion::V0;
  PskType type = PskType::Retained;
  HashId hash = HashId::Sha256;
  std::string_view hostnqn;
  std::string_view subnqn;
  std::string_view psk_digest;  // version 1 only
};
// Nothing when it is none of ours: a peer chose it.
std::optional<PskIdentity> parse_psk_identity(std::string_view identity) noexcept;

}  // namespace outrigger::nvme_auth
