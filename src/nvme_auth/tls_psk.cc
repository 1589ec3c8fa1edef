// Derives TLS PSKs and their identities.
#include "nvme_auth/tls_psk.h"

#include "base/check.h"
#include "nvme_auth/key_string.h"
#include "nvme_auth/limits.h"

namespace outrigger::nvme_auth {
namespace {

constexpr std::string_view prefix = "NVMeTLSkey-1:";

Secret expand(HashId hash, const Secret& prk, std::string_view label, std::string_view context, Derivation derivation) {
  if (derivation == Derivation::Rfc8446) {
    return hkdf_expand_label(hash, prk.bytes(), label, context);
  }
  HashInput info;
  info.add_le(static_cast<uint16_t>(hash_bytes(hash))).add("tls13 ").add(label).add(context);
  return hkdf_expand(hash, prk.bytes(), info.bytes());
}

std::string_view cipher_digits(HashId hash) noexcept { return hash == HashId::Sha256 ? "01" : "02"; }

// TP 8018: Base64(HMAC(PSK, NQNh || " " || NQNc || " " || "NVMe-over-Fabrics")).
std::string psk_digest(const InputPsk& psk, std::string_view hostnqn, std::string_view subnqn) {
  HashInput input;
  input.add(hostnqn).add(" ").add(subnqn).add(" NVMe-over-Fabrics");
  return to_base64(hmac(psk.hash, psk.secret.bytes(), input.bytes()).bytes());
}

bool is_nqn_usable(std::string_view nqn) noexcept {
  return !nqn.empty() && nqn.size() <= nqn_bytes_max && nqn.find(' ') == std::string_view::npos;
}

}  // namespace

Result<ConfiguredPsk> ConfiguredPsk::parse(std::string_view text) {
  OR_ASSIGN(KeyString parsed, parse_key_string(text, prefix));
  if (parsed.hash > 2) {
    return fail(Code::InvalidArgument, "a TLS key has the hash 00, 01 (SHA-256) or 02 (SHA-384), not 03");
  }
  const bool is_transformed = parsed.hash != 0;
  const HashId hash = is_transformed               ? static_cast<HashId>(parsed.hash)
                      : parsed.secret.size() == 32 ? HashId::Sha256
                                                   : HashId::Sha384;
  if (parsed.secret.size() != hash_bytes(hash)) {
    return fail(Code::InvalidArgument, "a TLS key for {} has {} bytes, not {}", hash_name(hash), hash_bytes(hash),
                parsed.secret.size());
  }
  return ConfiguredPsk(hash, is_transformed, std::move(parsed.secret));
}

Result<ConfiguredPsk> ConfiguredPsk::generate(HashId hash) {
  if (hash == HashId::Sha512) {
    return fail(Code::InvalidArgument, "no TLS cipher suite of NVMe uses SHA-512");
  }
  Secret secret = Secret::zeroes(hash_bytes(hash));
  fill_random(secret.writable());
  return ConfiguredPsk(hash, true, std::move(secret));
}

std::string ConfiguredPsk::format() const {
  return format_key_string(prefix, is_transformed_ ? static_cast<unsigned>(hash_) : 0, secret_.bytes());
}

InputPsk ConfiguredPsk::retained(std::string_view hostnqn, Derivation derivation) const {
  check(hostnqn.size() <= nqn_bytes_max, "an NQN was checked before keys are derived for it");
  if (!is_transformed_) {
    return {PskType::Retained, hash_, secret_.clone()};
  }
  const Secret prk = hkdf_extract(hash_, secret_.bytes());
  return {PskType::Retained, hash_, expand(hash_, prk, "HostNQN", hostnqn, derivation)};
}

Result<TlsPsk> derive_tls_psk(const InputPsk& psk, PskVersion version, std::string_view hostnqn,
                              std::string_view subnqn, Derivation derivation) {
  if (!is_nqn_usable(hostnqn) || !is_nqn_usable(subnqn)) {
    return fail(Code::InvalidArgument, "an NQN of a TLS PSK identity is empty, longer than {} bytes, or has a space",
                nqn_bytes_max);
  }
  if (psk.hash == HashId::Sha512 || psk.secret.size() != hash_bytes(psk.hash)) {
    return fail(Code::InvalidArgument, "a PSK for TLS has 32 bytes with SHA-256 or 48 with SHA-384");
  }
  TlsPsk made{.identity = fmt::format("NVMe{}{}{} {} {}", version == PskVersion::V0 ? 0 : 1,
                                      static_cast<char>(psk.type), cipher_digits(psk.hash), hostnqn, subnqn),
              .hash = psk.hash,
              .key = {}};
  std::string context = made.identity;
  if (version == PskVersion::V1) {
    const std::string digest_text = psk_digest(psk, hostnqn, subnqn);
    made.identity.append(1, ' ').append(digest_text);
    context = fmt::format("{} {}", cipher_digits(psk.hash), digest_text);
  } else if (context.size() > 255) {
    return fail(Code::InvalidArgument, "the NQNs are too long for a TLS PSK identity of version 0; use version 1");
  }
  const Secret prk = hkdf_extract(psk.hash, psk.secret.bytes());
  made.key = expand(psk.hash, prk, "nvme-tls-psk", context, derivation);
  return made;
}

std::string fingerprint_of(const TlsPsk& psk) {
  HashInput input;
  input.add("which TLS PSK");
  return to_base64(hmac(psk.hash, psk.key.bytes(), input.bytes()).bytes());
}

std::optional<PskIdentity> parse_psk_identity(std::string_view identity) noexcept {
  // "NVMe1R01 hostnqn subnqn digest", and a zero at the end, which the specification asks for and Linux leaves away.
  if (identity.ends_with('\0')) {
    identity.remove_suffix(1);
  }
  if (identity.size() > psk_identity_bytes_max || identity.size() < 9 || !identity.starts_with("NVMe") ||
      identity[8] != ' ') {
    return std::nullopt;
  }
  const char version = identity[4];
  const char type = identity[5];
  const std::string_view digits = identity.substr(6, 2);
  if ((version != '0' && version != '1') || (type != 'R' && type != 'G') || (digits != "01" && digits != "02")) {
    return std::nullopt;
  }
  PskIdentity parsed{.version = version == '0' ? PskVersion::V0 : PskVersion::V1,
                     .type = type == 'R' ? PskType::Retained : PskType::Generated,
                     .hash = digits == "01" ? HashId::Sha256 : HashId::Sha384,
                     .hostnqn = {},
                     .subnqn = {},
                     .psk_digest = {}};
  std::string_view rest = identity.substr(9);
  const size_t host_end = rest.find(' ');
  if (host_end == std::string_view::npos) {
    return std::nullopt;
  }
  parsed.hostnqn = rest.substr(0, host_end);
  rest.remove_prefix(host_end + 1);
  const size_t subsystem_end = rest.find(' ');
  parsed.subnqn = rest.substr(0, subsystem_end);
  if ((parsed.version == PskVersion::V1) != (subsystem_end != std::string_view::npos)) {
    return std::nullopt;
  }
  if (parsed.version == PskVersion::V1) {
    parsed.psk_digest = rest.substr(subsystem_end + 1);
    if (parsed.psk_digest.size() != (parsed.hash == HashId::Sha256 ? 44U : 64U) ||
        parsed.psk_digest.find(' ') != std::string_view::npos) {
      return std::nullopt;
    }
  }
  return is_nqn_usable(parsed.hostnqn) && is_nqn_usable(parsed.subnqn) ? std::optional(parsed) : std::nullopt;
}

}  // namespace outrigger::nvme_auth
