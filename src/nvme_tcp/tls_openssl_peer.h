// A client that is OpenSSL itself, so that tests can have it do what our streams never do: change its keys, as often as
// it likes.
#pragma once

#include "base/check.h"
#include "base/unique_fd.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace outrigger::nvme_tcp::tls_test {

class OpenSslClient {
 public:
  // `socket` does not block; the key has 32 bytes, all `key_fill`.
  OpenSslClient(UniqueFd socket, std::string identity, uint8_t key_fill)
      : socket_(std::move(socket)),
        identity_(std::move(identity)),
        key_fill_(key_fill),
        context_(SSL_CTX_new(TLS_client_method())),
        ssl_(SSL_new(context_.get())) {
    check(SSL_set_min_proto_version(ssl_.get(), TLS1_3_VERSION) == 1 && SSL_set_fd(ssl_.get(), socket_.get()) == 1 &&
              SSL_set_ciphersuites(ssl_.get(), "TLS_AES_128_GCM_SHA256") == 1,
          "OpenSSL makes a client");
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_psk_client_callback(ssl_.get(), &OpenSslClient::tell_key);
    SSL_set_connect_state(ssl_.get());
  }

  // True: it is done.
  bool shake_hands() { return SSL_do_handshake(ssl_.get()) == 1; }
  // With the wish that the other side does so too. False: there is no room for it now.
  bool update_key() {
    return SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl_.get()) == 1;
  }
  // As one record.
  bool write(std::string_view text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }
  // At most so many bytes; empty: nothing, or the end.
  std::string read(size_t bytes_max) {
    std::string text(bytes_max, '\0');
    const int bytes = SSL_read(ssl_.get(), text.data(), static_cast<int>(bytes_max));
    text.resize(bytes > 0 ? static_cast<size_t>(bytes) : 0);
    return text;
  }

 private:
  static unsigned tell_key(SSL* ssl, const char*, char* identity, unsigned identity_bytes, unsigned char* key,
                           unsigned key_bytes_max) {
    constexpr unsigned key_bytes = 32;
    const auto& self = *static_cast<const OpenSslClient*>(SSL_get_app_data(ssl));
    check(key_bytes_max >= key_bytes && identity_bytes > self.identity_.size(), "there is room for a key");
    *std::copy(self.identity_.begin(), self.identity_.end(), identity) = '\0';
    std::fill_n(key, key_bytes, self.key_fill_);
    return key_bytes;
  }
  struct Free {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };

  UniqueFd socket_;
  const std::string identity_;
  const uint8_t key_fill_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace outrigger::nvme_tcp::tls_test
