// TlsFiles: the certificate, key and authority of mutual TLS, checked before anything listens.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace outrigger::api {

struct TlsPaths {
  std::string certificate;
  std::string key;
  std::string authority;

  // "certificate:key:ca": exactly three paths, none empty.
  static Result<TlsPaths> parse(std::string_view text);
};

// The files' contents (PEM), read once, so that gRPC and REST present the same.
struct TlsFiles {
  std::string certificate_pem;  // the chain, leaf first
  std::string key_pem;
  std::string authority_pem;

  // Reads and checks them: PEM, unencrypted key, key and certificate a pair, certificate not out of date.
  static Result<TlsFiles> read(const TlsPaths& paths);
};

// TLS 1.2's AEAD suites with forward secrecy; TLS 1.3's are all good.
inline constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

}  // namespace outrigger::api
