// AES-XTS by OpenSSL's EVP interface. A key is two contexts, one per direction, whose schedules are expanded once; a
// data unit costs one call that sets the tweak and one that does the work.
#include "accel/xts.h"

#include "base/check.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>

namespace outrigger::accel {

namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
using Cipher = std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)>;

const unsigned char* bytes_of(const std::byte* data) { return reinterpret_cast<const unsigned char*>(data); }

class OpensslKey final : public XtsKey {
 public:
  OpensslKey(Context encrypt, Context decrypt) : encrypt_(std::move(encrypt)), decrypt_(std::move(decrypt)) {}
  // The tweak changes with every data unit, so the contexts are not const; a key belongs to one core.
  [[nodiscard]] EVP_CIPHER_CTX* of(OpCode code) const noexcept {
    return code == OpCode::XtsEncrypt ? encrypt_.get() : decrypt_.get();
  }

 private:
  Context encrypt_;  // EVP_CIPHER_CTX_free() wipes the schedules
  Context decrypt_;
};

class OpensslXts final : public Xts {
 public:
  OpensslXts()
      : aes128_(EVP_CIPHER_fetch(nullptr, "AES-128-XTS", nullptr), EVP_CIPHER_free),
        aes256_(EVP_CIPHER_fetch(nullptr, "AES-256-XTS", nullptr), EVP_CIPHER_free) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "openssl"; }

  std::unique_ptr<XtsKey> expand(XtsCipher cipher, std::span<const std::byte> key) override {
    Context encrypt = make_context(cipher, key, true);
    Context decrypt = make_context(cipher, key, false);
    if (!encrypt || !decrypt) {
      return nullptr;
    }
    return std::make_unique<OpensslKey>(std::move(encrypt), std::move(decrypt));
  }

  bool run(const Operation& operation) noexcept override {
    EVP_CIPHER_CTX* const context = static_cast<const OpensslKey*>(operation.key)->of(operation.code);
    const auto unit_bytes = static_cast<int>(operation.data_unit_bytes);
    uint64_t number = operation.data_unit_number;
    for (size_t at = 0; at < operation.length_bytes; at += operation.data_unit_bytes, ++number) {
      std::array<unsigned char, 16> tweak{};
      for (unsigned i = 0; i < 8; ++i) {
        tweak[i] = static_cast<unsigned char>(number >> (8 * i));
      }
      int written = 0;
      auto* const destination = reinterpret_cast<unsigned char*>(operation.destination + at);
      if (EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, tweak.data(), -1) != 1 ||
          EVP_CipherUpdate(context, destination, &written, bytes_of(operation.source + at), unit_bytes) != 1 ||
          written != unit_bytes) {
        return false;
      }
    }
    return true;
  }

 private:
  Context make_context(XtsCipher cipher, std::span<const std::byte> key, bool is_encrypting) const {
    Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    const EVP_CIPHER* const algorithm = cipher == XtsCipher::Aes128 ? aes128_.get() : aes256_.get();
    if (!context || algorithm == nullptr ||
        EVP_CipherInit_ex(context.get(), algorithm, nullptr, bytes_of(key.data()), nullptr,
                          is_encrypting ? 1 : 0) != 1) {
      return {nullptr, EVP_CIPHER_CTX_free};
    }
    return context;
  }

  Cipher aes128_;
  Cipher aes256_;
};

}  // namespace

std::unique_ptr<Xts> make_openssl_xts() { return std::make_unique<OpensslXts>(); }

}  // namespace outrigger::accel
