// Configured keys of DH-HMAC-CHAP.
#include "nvme_auth/dhchap_key.h"

#include "nvme_auth/key_string.h"

namespace outrigger::nvme_auth {
namespace {

constexpr std::string_view prefix = "DHHC-1:";

}  // namespace

Result<DhchapKey> DhchapKey::parse(std::string_view text) {
  OR_ASSIGN(KeyString parsed, parse_key_string(text, prefix));
  return DhchapKey(hash_id(parsed.hash), std::move(parsed.secret));
}

Result<DhchapKey> DhchapKey::generate(size_t size_bytes, std::optional<HashId> transform) {
  if (size_bytes != 32 && size_bytes != 48 && size_bytes != 64) {
    return fail(Code::InvalidArgument, "a DH-HMAC-CHAP key has 32, 48 or 64 bytes, not {}", size_bytes);
  }
  Secret secret = Secret::zeroes(size_bytes);
  fill_random(secret.writable());
  return DhchapKey(transform, std::move(secret));
}

std::string DhchapKey::format() const {
  return format_key_string(prefix, transform_.has_value() ? static_cast<unsigned>(*transform_) : 0, secret_.bytes());
}

Secret DhchapKey::transformed(std::string_view nqn) const {
  if (!transform_.has_value()) {
    return secret_.clone();
  }
  HashInput input;
  input.add(nqn).add("NVMe-over-Fabrics");
  return hmac(*transform_, secret_.bytes(), input.bytes());
}

}  // namespace outrigger::nvme_auth
