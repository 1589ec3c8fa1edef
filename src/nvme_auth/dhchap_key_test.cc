// Keys of DH-HMAC-CHAP: known answers made by nvme-cli 2.3 (gen-dhchap-key), and what is said of wrong ones.
#include "nvme_auth/dhchap_key.h"

#include "nvme_auth/test_bytes.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_auth {
namespace {

constexpr std::string_view nqn = "nqn.2014-08.org.nvmexpress:uuid:00000000-0000-0000-0000-000000000001";
// 0, 1, 2 … of 32, 48 and 64 bytes, with their CRC.
constexpr std::string_view base64_32 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR";
constexpr std::string_view base64_48 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vcSEgBQ==";
constexpr std::string_view base64_64 =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P4zODhA=";

struct Case {
  std::string_view hash;
  std::string_view secret;
  size_t size;
  std::string_view transformed;  // as a key that is not transformed
};
constexpr Case cases[] = {
    {"00", base64_32, 32, base64_32},
    {"01", base64_32, 32, "bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm"},
    {"02", base64_48, 48, "yRbznXvUOKyUzpjxLyIgLGvEOxsb9/CBo2/XbRG0sXMHJv918yV2tXSc+gbRp7T1eXmwtA=="},
    {"03", base64_64, 64,
     "XaedOIjF3axQewl4QMTIr4xwmePzL78hYgnSQQP1S88iKE5wNLtXmomXR19QrsC/88ytGEVjd56B9IxAUHG5cMGgMCQ="},
};

std::string key_text(std::string_view hash, std::string_view secret) {
  return fmt::format("DHHC-1:{}:{}:", hash, secret);
}

TEST(DhchapKey, reads_writes_and_transforms_as_nvme_cli_does) {
  for (const Case& it : cases) {
    const std::string text = key_text(it.hash, it.secret);
    const auto key = DhchapKey::parse(text);
    ASSERT_TRUE(key.has_value()) << text << ": " << key.error().what;
    EXPECT_EQ(key->size_bytes(), it.size);
    EXPECT_EQ(key->format(), text);
    const auto expected = DhchapKey::parse(key_text("00", it.transformed));
    ASSERT_TRUE(expected.has_value());
    EXPECT_TRUE(key->transformed(nqn).equals(expected->transformed("").bytes())) << text;
    EXPECT_EQ(key->transformed("other").equals(expected->transformed("").bytes()), it.hash == "00") << text;
  }
}

TEST(DhchapKey, generates_what_it_reads) {
  for (const size_t size : {32U, 48U, 64U}) {
    const auto key = DhchapKey::generate(size, HashId::Sha384);
    ASSERT_TRUE(key.has_value());
    const auto again = DhchapKey::parse(key->format());
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->transform(), HashId::Sha384);
    EXPECT_TRUE(again->transformed(nqn).equals(key->transformed(nqn).bytes()));
    EXPECT_NE(DhchapKey::generate(size, HashId::Sha384)->format(), key->format());
  }
  EXPECT_FALSE(DhchapKey::generate(16, std::nullopt).has_value());
}

TEST(DhchapKey, errors_say_what_is_wrong_and_nothing_of_the_secret) {
  const std::string good = key_text("01", base64_32);
  const std::pair<std::string, std::string_view> wrong[] = {
      {"", "start"},
      {"NVMeTLSkey-1:01:" + std::string(base64_32) + ":", "start"},
      {"DHHC-2:01:" + std::string(base64_32) + ":", "start"},
      {"DHHC-1:", "00, 01"},
      {"DHHC-1:04:" + std::string(base64_32) + ":", "00, 01"},
      {"DHHC-1:1:" + std::string(base64_32) + ":", "00, 01"},
      {"DHHC-1:01:", "end with a colon"},
      {"DHHC-1:01::", "base64"},
      {good.substr(0, good.size() - 1), "end with a colon"},
      {"DHHC-1:01:" + std::string(base64_32.substr(0, 44)) + ":", "33 bytes"},
      {"DHHC-1:01:" + std::string(base64_32.substr(1)) + ":", "base64"},
      {"DHHC-1:01:" + std::string(base64_32.substr(0, 47)) + " :", "base64"},
      {"DHHC-1:01:====:", "base64"},
      {"DHHC-1:02:" + std::string(base64_48.substr(0, 70)) + "R==:", "base64"},  // bits behind the end
      {"DHHC-1:01:B" + std::string(base64_32.substr(1)) + ":", "CRC"},
      {good + std::string(100, 'A'), "longer"},
  };
  for (const auto& [text, what] : wrong) {
    const auto key = DhchapKey::parse(text);
    ASSERT_FALSE(key.has_value()) << text;
    EXPECT_EQ(key.error().code, Code::InvalidArgument);
    EXPECT_NE(key.error().what.find(what), std::string::npos) << text << ": " << key.error().what;
    for (size_t i = 0; i + 6 <= base64_32.size(); ++i) {
      EXPECT_EQ(key.error().what.find(base64_32.substr(i, 6)), std::string::npos) << key.error().what;
    }
  }
}

TEST(DhchapKey, any_changed_character_of_the_secret_is_noticed) {
  const std::string good = key_text("01", base64_32);
  for (size_t i = 10; i + 1 < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(DhchapKey::parse(bad).has_value()) << i;
  }
}

}  // namespace
}  // namespace outrigger::nvme_auth
