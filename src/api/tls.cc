// Reading TLS files and saying at once, and by name, what is wrong with them: gRPC itself would only refuse
// every connection later, in silence.
#include "api/tls.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <memory>

namespace outrigger::api {

namespace {

constexpr size_t pem_bytes_max = 1 << 20;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

Result<std::string> read_file(const std::string& path, std::string_view what) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) {
    return fail_errno(errno, fmt::format("cannot open the {} {}", what, path));
  }
  std::string text;
  std::array<char, 4096> piece{};
  while (true) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got < 0) {
      return fail_errno(errno, fmt::format("cannot read the {} {}", what, path));
    }
    if (got == 0) {
      return text;
    }
    text.append(piece.data(), static_cast<size_t>(got));
    if (text.size() > pem_bytes_max) {
      return fail(Code::InvalidArgument, "the {} {} is larger than {} bytes; is it the right file?", what,
                  path, pem_bytes_max);
    }
  }
}

Bio open_bio(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<Certificate> parse_certificate(const std::string& pem, const std::string& path,
                                      std::string_view what) {
  const Bio bio = open_bio(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) {
    return fail(Code::InvalidArgument,
                "the {} {} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", what, path);
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return fail(Code::FailedPrecondition, "the {} {} is out of date; issue a new one", what, path);
  }
  return certificate;
}

// A key with a passphrase must not make the daemon ask on its terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Result<Key> parse_key(const std::string& pem, const std::string& path) {
  const Bio bio = open_bio(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return fail(
        Code::InvalidArgument,
        "the TLS key {} holds no private key in PEM form without a passphrase (-----BEGIN PRIVATE KEY-----)",
        path);
  }
  return key;
}

}  // namespace

Result<TlsPaths> TlsPaths::parse(std::string_view text) {
  constexpr std::array<std::string_view, 3> names = {"certificate", "key", "CA certificate"};
  std::array<std::string, 3> pieces;
  size_t count = 0;
  std::string_view rest = text;
  while (true) {
    const size_t colon = rest.find(':');
    if (count < pieces.size()) {
      pieces[count] = rest.substr(0, colon);
    }
    ++count;
    if (colon == std::string_view::npos) {
      break;
    }
    rest = rest.substr(colon + 1);
  }
  if (count != pieces.size()) {
    return fail(Code::InvalidArgument,
                "TLS takes three paths, certificate:key:ca, separated by colons; '{}' has {}", text, count);
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].empty()) {
      return fail(Code::InvalidArgument,
                  "TLS takes three paths, certificate:key:ca; the path of the {} is empty", names[i]);
    }
  }
  return TlsPaths{pieces[0], pieces[1], pieces[2]};
}

Result<TlsFiles> TlsFiles::read(const TlsPaths& paths) {
  TlsFiles files;
  OR_ASSIGN(files.certificate_pem, read_file(paths.certificate, "TLS certificate"));
  OR_ASSIGN(files.key_pem, read_file(paths.key, "TLS key"));
  OR_ASSIGN(files.authority_pem, read_file(paths.authority, "CA certificate"));
  OR_ASSIGN(const Certificate certificate,
            parse_certificate(files.certificate_pem, paths.certificate, "TLS certificate"));
  OR_ASSIGN(const Key key, parse_key(files.key_pem, paths.key));
  OR_TRY(parse_certificate(files.authority_pem, paths.authority, "CA certificate"));
  const bool is_pair = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!is_pair) {
    return fail(Code::InvalidArgument, "the TLS key {} does not belong to the certificate {}", paths.key,
                paths.certificate);
  }
  return files;
}

}  // namespace outrigger::api
