// TLS files: every way they can be wrong is said at start, by file.
#include "api/tls.h"

#include "api/tls_material_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace outrigger::api {
namespace {

using testing::HasSubstr;
using testing_tls::Identity;

TEST(TlsPaths, three_paths_none_empty) {
  EXPECT_EQ(TlsPaths::parse("a:b:c")->authority, "c");
  EXPECT_THAT(TlsPaths::parse("").error().what, HasSubstr("three paths"));
  EXPECT_THAT(TlsPaths::parse("a:b").error().what, HasSubstr("has 2"));
  EXPECT_THAT(TlsPaths::parse("a:b:c:d").error().what, HasSubstr("has 4"));
  EXPECT_THAT(TlsPaths::parse(":b:c").error().what, HasSubstr("the path of the certificate is empty"));
  EXPECT_THAT(TlsPaths::parse("a::c").error().what, HasSubstr("the path of the key is empty"));
  EXPECT_THAT(TlsPaths::parse("a:b:").error().what, HasSubstr("the path of the CA certificate is empty"));
}

class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() {
    authority_ = testing_tls::make_identity(directory_, "ca", nullptr);
    server_ = testing_tls::make_identity(directory_, "server", &authority_);
  }
  ~TlsFilesTest() override { std::filesystem::remove_all(directory_); }

  std::string error_of(const TlsPaths& paths) {
    const auto files = TlsFiles::read(paths);
    return files.has_value() ? "" : files.error().what;
  }

  std::string directory_ = testing_tls::make_directory();
  Identity authority_;
  Identity server_;
};

TEST_F(TlsFilesTest, reads_what_fits_together) {
  const auto files =
      TlsFiles::read({server_.certificate_path, server_.key_path, authority_.certificate_path});
  ASSERT_TRUE(files.has_value()) << files.error().what;
  EXPECT_THAT(files->certificate_pem, HasSubstr("BEGIN CERTIFICATE"));
}

TEST_F(TlsFilesTest, says_which_file_is_missing_or_wrong) {
  const std::string none = directory_ + "/none";
  EXPECT_THAT(error_of({none, server_.key_path, authority_.certificate_path}),
              HasSubstr("certificate " + none));
  EXPECT_THAT(error_of({server_.certificate_path, none, authority_.certificate_path}),
              HasSubstr("key " + none));
  EXPECT_THAT(error_of({server_.certificate_path, server_.key_path, none}),
              HasSubstr("CA certificate " + none));
  EXPECT_THAT(error_of({server_.key_path, server_.key_path, authority_.certificate_path}),
              HasSubstr("holds no certificate"));
  EXPECT_THAT(error_of({server_.certificate_path, server_.certificate_path, authority_.certificate_path}),
              HasSubstr("holds no private key"));
  EXPECT_THAT(error_of({server_.certificate_path, server_.key_path, server_.key_path}),
              HasSubstr("the CA certificate " + server_.key_path));
  EXPECT_NE(error_of({directory_, server_.key_path, authority_.certificate_path}), "");
}

TEST_F(TlsFilesTest, a_key_of_another_certificate_and_one_out_of_date) {
  const Identity other = testing_tls::make_identity(directory_, "other", &authority_);
  EXPECT_THAT(error_of({server_.certificate_path, other.key_path, authority_.certificate_path}),
              HasSubstr("does not belong to the certificate"));
  const Identity old = testing_tls::make_identity(directory_, "old", &authority_, -60);
  EXPECT_THAT(error_of({old.certificate_path, old.key_path, authority_.certificate_path}),
              HasSubstr("out of date"));
}

}  // namespace
}  // namespace outrigger::api
