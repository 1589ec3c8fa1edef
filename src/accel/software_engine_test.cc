// AES-XTS against the vectors of IEEE 1619-2007 annex B and CRC32C against RFC 3720 appendix B.4, for every
// implementation that runs on this machine; then the implementations against each other over random shapes.
#include "accel/software_engine.h"

#include "core/random.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace outrigger::accel {
namespace {

using Bytes = std::vector<std::byte>;

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

Bytes random_bytes(core::Random& random, size_t count) {
  Bytes bytes(count);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random.next());
  }
  return bytes;
}

// 00 01 … ff, twice: the plaintext of the standard's 512-byte vectors.
Bytes counting_bytes() {
  Bytes bytes(512);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(i);
  }
  return bytes;
}

struct Unit {
  uint64_t number;
  uint32_t bytes;
};

void run(Engine& engine, const XtsKey& key, OpCode code, Unit unit, const std::byte* source, std::byte* destination,
         size_t length) {
  int done_count = 0;
  Operation operation;
  operation.code = code;
  operation.key = &key;
  operation.data_unit_bytes = unit.bytes;
  operation.data_unit_number = unit.number;
  operation.source = source;
  operation.destination = destination;
  operation.length_bytes = length;
  operation.owner = &done_count;
  operation.done = [](Operation& finished) noexcept { ++*static_cast<int*>(finished.owner); };
  engine.submit(operation);
  ASSERT_EQ(done_count, 1);
  ASSERT_EQ(operation.status, Status::Ok);
}

std::vector<std::unique_ptr<SoftwareEngine>> engines() {
  std::vector<std::unique_ptr<SoftwareEngine>> all;
  all.push_back(std::make_unique<SoftwareEngine>(make_openssl_xts()));
  if (auto wide = make_ipsec_mb_xts()) {
    all.push_back(std::make_unique<SoftwareEngine>(std::move(wide)));
  }
  return all;
}

struct Vector {
  const char* name;
  XtsCipher cipher;
  const char* data_key;
  const char* tweak_key;
  uint64_t unit_number;
  Bytes plaintext;
  const char* ciphertext;
};

std::vector<Vector> standard_vectors() {
  const Bytes fours(32, std::byte{0x44});
  return {
      {"vector 2", XtsCipher::Aes128, "11111111111111111111111111111111", "22222222222222222222222222222222",
       0x3333333333, fours, "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"},
      {"vector 3", XtsCipher::Aes128, "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "22222222222222222222222222222222",
       0x3333333333, fours, "af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a89"},
      {"vector 4", XtsCipher::Aes128, "27182818284590452353602874713526", "31415926535897932384626433832795", 0,
       counting_bytes(),
       "27a7479befa1d476489f308cd4cfa6e2a96e4bbe3208ff25287dd3819616e89cc78cf7f5e543445f8333d8fa7f560000"
       "05279fa5d8b5e4ad40e736ddb4d35412328063fd2aab53e5ea1e0a9f332500a5df9487d07a5c92cc512c8866c7e860ce"
       "93fdf166a24912b422976146ae20ce846bb7dc9ba94a767aaef20c0d61ad02655ea92dc4c4e41a8952c651d33174be51"
       "a10c421110e6d81588ede82103a252d8a750e8768defffed9122810aaeb99f9172af82b604dc4b8e51bcb08235a6f434"
       "1332e4ca60482a4ba1a03b3e65008fc5da76b70bf1690db4eae29c5f1badd03c5ccf2a55d705ddcd86d449511ceb7ec3"
       "0bf12b1fa35b913f9f747a8afd1b130e94bff94effd01a91735ca1726acd0b197c4e5b03393697e126826fb6bbde8ecc"
       "1e08298516e2c9ed03ff3c1b7860f6de76d4cecd94c8119855ef5297ca67e9f3e7ff72b1e99785ca0a7e7720c5b36dc6"
       "d72cac9574c8cbbc2f801e23e56fd344b07f22154beba0f08ce8891e643ed995c94d9a69c9f1b5f499027a78572aeebd"
       "74d20cc39881c213ee770b1010e4bea718846977ae119f7a023ab58cca0ad752afe656bb3c17256a9f6e9bf19fdd5a38"
       "fc82bbe872c5539edb609ef4f79c203ebb140f2e583cb2ad15b4aa5b655016a8449277dbd477ef2c8d6c017db738b18d"
       "eb4a427d1923ce3ff262735779a418f20a282df920147beabe421ee5319d0568"},
      {"vector 10", XtsCipher::Aes256, "2718281828459045235360287471352662497757247093699959574966967627",
       "3141592653589793238462643383279502884197169399375105820974944592", 0xff, counting_bytes(),
       "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b5d31e276f8fe4a8d66b317f9ac683f44"
       "680a86ac35adfc3345befecb4bb188fd5776926c49a3095eb108fd1098baec70aaa66999a72a82f27d848b21d4a741b0"
       "c5cd4d5fff9dac89aeba122961d03a757123e9870f8acf1000020887891429ca2a3e7a7d7df7b10355165c8b9a6d0a7d"
       "e8b062c4500dc4cd120c0f7418dae3d0b5781c34803fa75421c790dfe1de1834f280d7667b327f6c8cd7557e12ac3a0f"
       "93ec05c52e0493ef31a12d3d9260f79a289d6a379bc70c50841473d1a8cc81ec583e9645e07b8d9670655ba5bbcfecc6"
       "dc3966380ad8fecb17b6ba02469a020a84e18e8f84252070c13e9f1f289be54fbc481457778f616015e1327a02b140f1"
       "505eb309326d68378f8374595c849d84f4c333ec4423885143cb47bd71c5edae9be69a2ffeceb1bec9de244fbe15992b"
       "11b77c040f12bd8f6a975a44a0f90c29a9abc3d4d893927284c58754cce294529f8614dcd2aba991925fedc4ae74ffac"
       "6e333b93eb4aff0479da9a410e4450e0dd7ae4c6e2910900575da401fc07059f645e8b7e9bfdef33943054ff84011493"
       "c27b3429eaedb4ed5376441a77ed43851ad77f16f541dfd269d50d6a5f14fb0aab1cbb4c1550be97f7ab4066193c4caa"
       "773dad38014bd2092fa755c824bb5e54c4f36ffda9fcea70b9c6e693e148c151"},
  };
}

TEST(AesXts, Ieee1619_annex_B) {
  for (const auto& engine : engines()) {
    for (const Vector& vector : standard_vectors()) {
      SCOPED_TRACE(std::string(engine->name()) + " " + vector.name);
      const Bytes key_bytes = from_hex(std::string(vector.data_key) + vector.tweak_key);
      auto key = engine->prepare(vector.cipher, key_bytes);
      ASSERT_TRUE(key.has_value());
      const Bytes expected = from_hex(vector.ciphertext);
      ASSERT_EQ(expected.size(), vector.plaintext.size());
      const Unit unit{vector.unit_number, static_cast<uint32_t>(expected.size())};
      Bytes actual(expected.size());
      run(*engine, **key, OpCode::XtsEncrypt, unit, vector.plaintext.data(), actual.data(), actual.size());
      EXPECT_EQ(actual, expected);
      run(*engine, **key, OpCode::XtsDecrypt, unit, actual.data(), actual.data(), actual.size());
      EXPECT_EQ(actual, vector.plaintext);
    }
  }
}

TEST(AesXts, every_implementation_gives_the_same_bytes_for_any_shape) {
  const auto all = engines();
  core::Random random(20240607);
  for (int round = 0; round < 120; ++round) {
    const XtsCipher cipher = random.chance(2) ? XtsCipher::Aes128 : XtsCipher::Aes256;
    const Bytes key_bytes = random_bytes(random, xts_key_bytes(cipher));
    constexpr uint32_t sizes[] = {16, 32, 48, 256, 272, 512, 1024, 4096, 4112, 8192, 65536};
    const uint32_t unit_bytes = sizes[random.below(std::size(sizes))];
    const size_t length = unit_bytes * (1 + random.below(40));
    const Unit unit{random.next(), unit_bytes};
    const size_t skew = random.below(64);  // nothing is aligned
    const Bytes plaintext = random_bytes(random, length + skew);
    Bytes reference;
    for (const auto& engine : all) {
      SCOPED_TRACE(std::string(engine->name()) + " unit " + std::to_string(unit_bytes));
      auto key = engine->prepare(cipher, key_bytes);
      ASSERT_TRUE(key.has_value());
      Bytes out(length + skew + 1);
      run(*engine, **key, OpCode::XtsEncrypt, unit, plaintext.data() + skew, out.data() + skew + 1, length);
      const Bytes ciphertext(out.begin() + static_cast<ptrdiff_t>(skew) + 1, out.end());
      if (reference.empty()) {
        reference = ciphertext;
      }
      ASSERT_EQ(ciphertext, reference);
      run(*engine, **key, OpCode::XtsDecrypt, unit, out.data() + skew + 1, out.data() + skew + 1, length);
      ASSERT_TRUE(std::equal(plaintext.begin() + static_cast<ptrdiff_t>(skew), plaintext.end(),
                             out.begin() + static_cast<ptrdiff_t>(skew) + 1));
    }
  }
}

TEST(AesXts, unit_numbers_count_up_within_an_operation) {
  for (const auto& engine : engines()) {
    core::Random random(7);
    auto key = engine->prepare(XtsCipher::Aes256, random_bytes(random, 64));
    ASSERT_TRUE(key.has_value());
    const Bytes plaintext(512 * 33, std::byte{0});
    Bytes together(plaintext.size());
    run(*engine, **key, OpCode::XtsEncrypt, {100, 512}, plaintext.data(), together.data(), plaintext.size());
    for (size_t i = 0; i < 33; ++i) {
      Bytes one(512);
      run(*engine, **key, OpCode::XtsEncrypt, {100 + i, 512}, plaintext.data(), one.data(), one.size());
      EXPECT_TRUE(std::equal(one.begin(), one.end(), together.begin() + static_cast<ptrdiff_t>(512 * i)));
    }
  }
}

TEST(AesXts, refuses_equal_halves_and_wrong_lengths) {
  for (const auto& engine : engines()) {
    const Bytes equal_halves(32, std::byte{0x5a});
    const auto equal = engine->prepare(XtsCipher::Aes128, equal_halves);
    ASSERT_FALSE(equal.has_value());
    EXPECT_EQ(equal.error().code, Code::InvalidArgument);
    const auto length = engine->prepare(XtsCipher::Aes256, equal_halves);
    ASSERT_FALSE(length.has_value());
    EXPECT_EQ(length.error().code, Code::InvalidArgument);
    EXPECT_NE(length.error().what.find("64 bytes"), std::string::npos);
  }
}

struct CrcVector {
  Bytes data;
  uint32_t crc;
};

TEST(Crc32c, RFC3720_B_4) {
  Bytes up(32), down(32);
  for (size_t i = 0; i < 32; ++i) {
    up[i] = static_cast<std::byte>(i);
    down[i] = static_cast<std::byte>(31 - i);
  }
  // An iSCSI SCSI Read (10) command PDU.
  const Bytes pdu = from_hex(
      "01c00000000000000000000000000000140000000000040000000014000000182800000000000000"
      "0200000000000000");
  const CrcVector vectors[] = {{Bytes(32, std::byte{0}), 0x8a9136aa},
                               {Bytes(32, std::byte{0xff}), 0x62a8ab43},
                               {up, 0x46dd794e},
                               {down, 0x113fdb5c},
                               {pdu, 0xd9963a56}};
  for (const CrcVector& vector : vectors) {
    EXPECT_EQ(crc32c(vector.data), vector.crc);
  }
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, goes_on_from_a_previous_value) {
  core::Random random(3);
  SoftwareEngine engine;
  const Bytes data = random_bytes(random, 5000);
  for (const size_t cut : {size_t{0}, size_t{1}, size_t{511}, size_t{4999}, data.size()}) {
    Operation operation;
    operation.code = OpCode::Crc32c;
    operation.crc32c = crc32c(std::span(data).first(cut));
    operation.source = data.data() + cut;
    operation.length_bytes = data.size() - cut;
    operation.done = [](Operation&) noexcept {};
    engine.submit(operation);
    EXPECT_EQ(operation.crc32c, crc32c(data));
  }
}

}  // namespace
}  // namespace outrigger::accel
