// TLS PSKs: the specification's example (NVMe/TCP 1.0, 3.6.1.5), identities as libnvme's own tests have them, generated
// PSKs as the Linux kernel's tests have them, and TLS PSKs computed with another program from the formulas.
#include "nvme_auth/tls_psk.h"

#include "nvme_auth/limits.h"
#include "nvme_auth/response.h"
#include "nvme_auth/test_bytes.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_auth {
namespace {

constexpr std::string_view hostnqn = "nqn.psk-test-host";
constexpr std::string_view subnqn = "nqn.psk-test-subsys";
constexpr std::string_view key_00 = "NVMeTLSkey-1:00:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";
constexpr std::string_view key_01 = "NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";
constexpr std::string_view key_02 =
    "NVMeTLSkey-1:02:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwP/w0S89ELi3W2LxIcLXVsDn8kXZQ==:";

TlsPsk derive(std::string_view key, PskVersion version, Derivation derivation = Derivation::Rfc8446) {
  const auto configured = ConfiguredPsk::parse(key);
  EXPECT_TRUE(configured.has_value()) << key;
  auto derived = derive_tls_psk(configured->retained(hostnqn, derivation), version, hostnqn, subnqn, derivation);
  EXPECT_TRUE(derived.has_value()) << key;
  return std::move(*derived);
}

TEST(ConfiguredPsk, reads_and_writes_the_interchange_format) {
  for (const std::string_view text : {key_00, key_01, key_02}) {
    const auto key = ConfiguredPsk::parse(text);
    ASSERT_TRUE(key.has_value()) << key.error().what;
    EXPECT_EQ(key->format(), text);
    EXPECT_EQ(key->hash(), text == key_02 ? HashId::Sha384 : HashId::Sha256);
  }
  const InputPsk as_it_is = ConfiguredPsk::parse(key_00)->retained(hostnqn);
  EXPECT_EQ(to_hex(as_it_is.secret.bytes()), "5512dbb6737d0106f65975b773dfb011ffc344bcf442e2dd6d8bc4870b5d5b03");
  for (const HashId hash : {HashId::Sha256, HashId::Sha384}) {
    const auto made = ConfiguredPsk::generate(hash);
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(ConfiguredPsk::parse(made->format())->hash(), hash);
  }
  EXPECT_FALSE(ConfiguredPsk::generate(HashId::Sha512).has_value());
}

TEST(ConfiguredPsk, refuses_a_hash_that_the_length_does_not_fit) {
  std::string text(key_01);
  text[14] = '2';
  const auto short_key = ConfiguredPsk::parse(text);
  ASSERT_FALSE(short_key.has_value());
  EXPECT_NE(short_key.error().what.find("48 bytes, not 32"), std::string::npos) << short_key.error().what;
  text[14] = '3';
  EXPECT_FALSE(ConfiguredPsk::parse(text).has_value());
  text = key_02;
  text[14] = '1';
  EXPECT_FALSE(ConfiguredPsk::parse(text).has_value());
  // 64 bytes are no TLS key at all.
  EXPECT_FALSE(ConfiguredPsk::parse("NVMeTLSkey-1:00:"
                                    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD"
                                    "0+P4zODhA=:")
                   .has_value());
  EXPECT_FALSE(ConfiguredPsk::parse("DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:").has_value());
}

TEST(TlsPsk, identities_are_those_of_libnvme) {
  const std::string nqns = fmt::format("{} {}", hostnqn, subnqn);
  EXPECT_EQ(derive(key_01, PskVersion::V1).identity,
            "NVMe1R01 " + nqns + " iSbjiStwJ/1TrTvDlt2fjFmzvsytOJelidNnA+X5lEU=");
  EXPECT_EQ(derive(key_02, PskVersion::V1).identity,
            "NVMe1R02 " + nqns + " QhW2+Rp6RzHlNtCslyRxMnwJ11tKKhz8JCAQpQ+XUD8f9td1VeH5h53yz2wKJG1a");
  EXPECT_EQ(derive(key_01, PskVersion::V1, Derivation::LibnvmeCompatible).identity,
            "NVMe1R01 " + nqns + " 66GuqV08TsAGII39teWUfwQwizjv06Jy8jOcX3NAAzM=");
  EXPECT_EQ(derive(key_02, PskVersion::V1, Derivation::LibnvmeCompatible).identity,
            "NVMe1R02 " + nqns + " RsKmYJ3nAn1ApjjMloJFbAkLPivONDAX/xW327YBUsn2eGShXSjCZvBaOxscLqmz");
  EXPECT_EQ(derive(key_01, PskVersion::V0).identity, "NVMe0R01 " + nqns);
  EXPECT_EQ(derive(key_02, PskVersion::V0).identity, "NVMe0R02 " + nqns);
}

TEST(TlsPsk, keys_follow_the_formulas) {
  const InputPsk retained = ConfiguredPsk::parse(key_01)->retained(hostnqn);
  EXPECT_EQ(to_hex(retained.secret.bytes()), "073311dec37e219ff3acd43f130130c5bdd443c066e1cc3424e49030234ff7d5");
  EXPECT_EQ(to_hex(derive(key_01, PskVersion::V0).key.bytes()),
            "05c6503551ad136e6ee32e6eeb3f6d500b69701d84ec71e328f65c7f51566f68");
  EXPECT_EQ(to_hex(derive(key_01, PskVersion::V1).key.bytes()),
            "8fc3c0badfd4c0c66fa3ca33aadd0314f85536cc9bc47338b60f3e6e563786ca");
  EXPECT_EQ(to_hex(derive(key_00, PskVersion::V0).key.bytes()),
            "ec85300ba827726bd3bc4fc07f3a34aec5fe7c8ccac05fefc2f021c74e0df9ef");
  EXPECT_EQ(to_hex(derive(key_02, PskVersion::V0).key.bytes()),
            "f42ba63824cdfe421914c582921f85b5b5b7e2d4df084caeedc9be20b212e8bb0fe8a23e9d59a1c8fc6449da4970a78d");
  EXPECT_EQ(to_hex(derive(key_02, PskVersion::V1).key.bytes()),
            "a2b2f943f479fc682555cec89857c80ed004ce92f32a973d5764155bb7e36b17a85368a0666d250afac9282dda2e62ca");
}

struct GeneratedCase {
  HashId hash;
  std::string_view psk;
  std::string_view digest;
  std::string_view tls_psk;
};
constexpr GeneratedCase generated_cases[] = {
    {HashId::Sha256, "1733c59fa7f48fcf37f5f26fc4ff0268ad4f78e030f4f3b0bfd1d47e7bb1447a",
     "OldoKuTfKddMuyCznAZojkWD7P4D9/AtzDzLimtOxqI=",
     "3c17da628474a04d2247c4cab47968c915388193f7c071bd9489cc3666cd7cc8"},
    {HashId::Sha384, "f14b2dd3234c459694d3bc63f8968bd6b37c2c6de849e22e118749001ce4bbe8640b9e3a748cb11ce4b1d71d359cce39",
     "cffMWk8TSS7HOQebjgYEIkrPrjWPV4JE5cdPB8WhEvY4JBW5YynKyv66XscN4A9n",
     "2774753233537b3fa50eb7d16a8e43457d85f4906c005b2236616c5d80939d0898fff15bb8b77119d2be0aac423e7590"},
};

TEST(TlsPsk, generated_psks_are_those_of_the_linux_kernel) {
  for (const GeneratedCase& it : generated_cases) {
    const size_t size = hash_bytes(it.hash);
    InputPsk psk{PskType::Generated, it.hash,
                 generated_psk(it.hash, counted(size, 'A'), counted(size, 0), counted(size, 0xFF, 0xFF))};
    EXPECT_EQ(to_hex(psk.secret.bytes()), it.psk);
    const auto derived = derive_tls_psk(psk, PskVersion::V1, "hostnqn", "subsysnqn");
    ASSERT_TRUE(derived.has_value());
    EXPECT_EQ(derived->identity,
              fmt::format("NVMe1G0{} hostnqn subsysnqn {}", static_cast<unsigned>(it.hash), it.digest));
    EXPECT_EQ(to_hex(derived->key.bytes()), it.tls_psk);
  }
}

TEST(TlsPsk, refuses_what_cannot_be_derived) {
  const InputPsk psk = ConfiguredPsk::parse(key_01)->retained(hostnqn);
  EXPECT_FALSE(derive_tls_psk(psk, PskVersion::V1, "", subnqn).has_value());
  EXPECT_FALSE(derive_tls_psk(psk, PskVersion::V1, hostnqn, std::string(nqn_bytes_max + 1, 'n')).has_value());
  EXPECT_FALSE(derive_tls_psk(psk, PskVersion::V1, "a b", subnqn).has_value());
  // Version 0 has the whole identity as HKDF's context, which ends at 255 bytes.
  const std::string longest(nqn_bytes_max, 'n');
  EXPECT_FALSE(derive_tls_psk(psk, PskVersion::V0, longest, longest).has_value());
  const auto long_identity = derive_tls_psk(psk, PskVersion::V1, longest, longest);
  ASSERT_TRUE(long_identity.has_value());
  EXPECT_LE(long_identity->identity.size(), psk_identity_bytes_max);
  EXPECT_TRUE(parse_psk_identity(long_identity->identity).has_value());
  const InputPsk sha512{PskType::Generated, HashId::Sha512, Secret::zeroes(64)};
  EXPECT_FALSE(derive_tls_psk(sha512, PskVersion::V1, hostnqn, subnqn).has_value());
}

TEST(PskIdentity, is_read_as_it_is_written) {
  const std::string text = derive(key_02, PskVersion::V1).identity;
  for (const std::string& identity : {text, text + '\0'}) {
    const auto parsed = parse_psk_identity(identity);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->version, PskVersion::V1);
    EXPECT_EQ(parsed->type, PskType::Retained);
    EXPECT_EQ(parsed->hash, HashId::Sha384);
    EXPECT_EQ(parsed->hostnqn, hostnqn);
    EXPECT_EQ(parsed->subnqn, subnqn);
    EXPECT_EQ(parsed->psk_digest.size(), 64U);
  }
  EXPECT_EQ(parse_psk_identity("NVMe0G01 h s")->type, PskType::Generated);
}

TEST(PskIdentity, refuses_others) {
  const std::string digest(44, 'A');
  for (const std::string& identity :
       {std::string(), std::string("NVMe"), std::string("Client_identity"), std::string("NVMe2R01 h s"),
        std::string("NVMe0X01 h s"), std::string("NVMe0R00 h s"), std::string("NVMe0R03 h s"),
        std::string("NVMe0R01 h"), std::string("NVMe0R01 h "), std::string("NVMe0R01  s"),
        std::string("NVMe0R01 h s t"), std::string("NVMe1R01 h s"), std::string("NVMe1R01 h s "),
        "NVMe1R02 h s " + digest, "NVMe1R01 h s " + digest + " ", "NVMe0R01 " + std::string(224, 'h') + " s",
        "NVMe1R01 h s " + digest + std::string(600, 'A')}) {
    EXPECT_FALSE(parse_psk_identity(identity).has_value()) << identity;
  }
}

}  // namespace
}  // namespace outrigger::nvme_auth
