// Certificates for tests, made on the spot: a CA, and a server's and a client's certificate that it signed.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace outrigger::api::testing_tls {

struct Identity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
  std::string certificate_path;
  std::string key_path;
};

inline void write_file(const std::string& path, BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::ofstream(path, std::ios::binary).write(data, size);
  BIO_free(bio);
}

inline void extend(X509* certificate, X509* issuer, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer`, or by itself when there is none. Valid for `seconds` from now; negative: out of date.
inline Identity make_identity(const std::string& directory, const std::string& name, const Identity* issuer,
                              long seconds = 3600) {
  static long serial = 1;
  Identity made;
  made.key = {EVP_EC_gen("P-256"), EVP_PKEY_free};
  made.certificate = {X509_new(), X509_free};
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* issuer_certificate = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer_certificate));
  extend(certificate, issuer_certificate, NID_basic_constraints, issuer == nullptr ? "CA:TRUE" : "CA:FALSE");
  extend(certificate, issuer_certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_sign(certificate, issuer == nullptr ? made.key.get() : issuer->key.get(), EVP_sha256());
  made.certificate_path = directory + "/" + name + ".crt";
  made.key_path = directory + "/" + name + ".key";
  BIO* pem = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(pem, certificate);
  write_file(made.certificate_path, pem);
  pem = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(pem, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  write_file(made.key_path, pem);
  return made;
}

inline std::string make_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "outrigger_tls_XXXXXX").string();
  return ::mkdtemp(pattern.data()) == nullptr ? std::string(".") : pattern;
}

}  // namespace outrigger::api::testing_tls
