// Diffie-Hellman on OpenSSL's named groups.
#include "nvme_auth/dh.h"

#include "base/check.h"

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstring>

namespace outrigger::nvme_auth {
namespace {

struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeContext>;

// OpenSSL's queue of errors is the thread's: what we leave there would surprise the next user.
std::unexpected<Error> openssl_failed(Code code, std::string_view what) {
  ERR_clear_error();
  return fail(code, "{}", what);
}

}  // namespace

std::string_view dh_group_name(DhGroup group) noexcept {
  static constexpr std::string_view names[] = {"null", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"};
  return names[static_cast<size_t>(group)];
}

void EphemeralKey::Free::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

Result<EphemeralKey> EphemeralKey::generate(DhGroup group) {
  check(group != DhGroup::Null, "the null group has no key");
  char name[16];
  dh_group_name(group).copy(name, sizeof(name));
  name[dh_group_name(group).size()] = '\0';
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
                                   OSSL_PARAM_construct_end()};
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_keygen_init(context.get()) <= 0 || EVP_PKEY_CTX_set_params(context.get(), parameters) <= 0 ||
      EVP_PKEY_generate(context.get(), &made) <= 0) {
    return openssl_failed(Code::Internal, "OpenSSL makes no Diffie-Hellman key");
  }
  Key key(made);
  unsigned char* encoded = nullptr;
  const size_t size = EVP_PKEY_get1_encoded_public_key(key.get(), &encoded);
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(encoded,
                                                                       [](unsigned char* p) { OPENSSL_free(p); });
  if (size != dh_value_bytes(group)) {
    return openssl_failed(Code::Internal, "OpenSSL gives no Diffie-Hellman value");
  }
  std::vector<std::byte> public_value(size);
  std::memcpy(public_value.data(), encoded, size);
  return EphemeralKey(std::move(key), std::move(public_value));
}

Result<Secret> EphemeralKey::shared_secret(std::span<const std::byte> peer_value) const {
  const Key peer(EVP_PKEY_new());
  if (peer_value.size() != public_value_.size() || !peer || EVP_PKEY_copy_parameters(peer.get(), key_.get()) <= 0 ||
      EVP_PKEY_set1_encoded_public_key(peer.get(), reinterpret_cast<const unsigned char*>(peer_value.data()),
                                       peer_value.size()) <= 0) {
    return openssl_failed(Code::InvalidArgument, "the peer's Diffie-Hellman value is not as long as the group's prime");
  }
  // In a group whose prime is a safe one, 2 … p - 2 is all there is to check (SP 800-56A, 5.6.2.3.2), and the longer
  // check would cost as much as the exchange.
  const Context check_context(EVP_PKEY_CTX_new_from_pkey(nullptr, peer.get(), nullptr));
  if (!check_context || EVP_PKEY_public_check_quick(check_context.get()) <= 0) {
    return openssl_failed(Code::InvalidArgument, "the peer's Diffie-Hellman value is none of the group");
  }
  const Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  Secret shared = Secret::zeroes(public_value_.size());
  size_t size = shared.size();
  if (!context || EVP_PKEY_derive_init(context.get()) <= 0 || EVP_PKEY_CTX_set_dh_pad(context.get(), 1) <= 0 ||
      EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 0) <= 0 ||
      EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(shared.writable().data()), &size) <= 0 ||
      size != shared.size()) {
    return openssl_failed(Code::InvalidArgument, "the peer's Diffie-Hellman value gives no shared secret");
  }
  return shared;
}

}  // namespace outrigger::nvme_auth
