// Hashes, HMAC and HKDF on OpenSSL. That OpenSSL cannot compute a hash (no memory, no provider) is nothing a peer can
// cause, and nothing that we could go on from: it is checked.
#include "nvme_auth/hash.h"

#include "base/check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <climits>

namespace outrigger::nvme_auth {
namespace {

const EVP_MD* evp_of(HashId hash) noexcept {
  switch (hash) {
    case HashId::Sha256: return EVP_sha256();
    case HashId::Sha384: return EVP_sha384();
    case HashId::Sha512: return EVP_sha512();
  }
  check(false, "a HashId is one of three");
  return nullptr;
}

const unsigned char* raw(std::span<const std::byte> bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(std::span<std::byte> bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace

std::string_view hash_name(HashId hash) noexcept {
  return hash == HashId::Sha256 ? "SHA-256" : hash == HashId::Sha384 ? "SHA-384" : "SHA-512";
}

HashInput::~HashInput() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

HashInput& HashInput::add(std::span<const std::byte> bytes) {
  check(bytes.size() <= bytes_.size() - size_, "an input of a hash is no longer than the longest we know");
  std::ranges::copy(bytes, bytes_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += bytes.size();
  return *this;
}
HashInput& HashInput::add(uint8_t value) { return add(std::as_bytes(std::span(&value, 1))); }
HashInput& HashInput::add_le(uint16_t value) {
  const le16 ordered = value;
  return add(std::as_bytes(std::span(&ordered, 1)));
}
HashInput& HashInput::add_le(uint32_t value) {
  const le32 ordered = value;
  return add(std::as_bytes(std::span(&ordered, 1)));
}

Secret digest(HashId hash, std::span<const std::byte> input) {
  Secret result = Secret::zeroes(hash_bytes(hash));
  unsigned size = 0;
  const int ok = EVP_Digest(input.data(), input.size(), raw(result.writable()), &size, evp_of(hash), nullptr);
  check(ok == 1 && size == result.size(), "OpenSSL computes a digest");
  return result;
}

Secret hmac(HashId hash, std::span<const std::byte> key, std::span<const std::byte> input) {
  check(key.size() <= INT_MAX, "a key of an HMAC is short");
  static constexpr unsigned char no_key[1] = {};
  Secret result = Secret::zeroes(hash_bytes(hash));
  unsigned size = 0;
  const auto* computed = HMAC(evp_of(hash), key.empty() ? no_key : raw(key), static_cast<int>(key.size()), raw(input),
                              input.size(), raw(result.writable()), &size);
  check(computed != nullptr && size == result.size(), "OpenSSL computes an HMAC");
  return result;
}

Secret hkdf_extract(HashId hash, std::span<const std::byte> key) {
  static constexpr std::array<std::byte, 64> zeroes{};
  return hmac(hash, std::span(zeroes).first(hash_bytes(hash)), key);
}

Secret hkdf_expand(HashId hash, std::span<const std::byte> key, std::span<const std::byte> info) {
  HashInput input;
  input.add(info).add(uint8_t{1});
  return hmac(hash, key, input.bytes());
}

Secret hkdf_expand_label(HashId hash, std::span<const std::byte> key, std::string_view label,
                         std::string_view context) {
  static constexpr std::string_view prefix = "tls13 ";
  check(prefix.size() + label.size() <= 255 && context.size() <= 255, "an HkdfLabel's parts have one byte of length");
  const be16 length = static_cast<uint16_t>(hash_bytes(hash));
  HashInput info;
  info.add(std::as_bytes(std::span(&length, 1)));
  info.add(static_cast<uint8_t>(prefix.size() + label.size())).add(prefix).add(label);
  info.add(static_cast<uint8_t>(context.size())).add(context);
  return hkdf_expand(hash, key, info.bytes());
}

void fill_random(std::span<std::byte> bytes) {
  check(RAND_bytes(raw(bytes), static_cast<int>(bytes.size())) == 1, "OpenSSL has random bytes");
}

uint32_t random_u32() {
  uint32_t value = 0;
  fill_random(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

bool is_equal(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace outrigger::nvme_auth
