// Messages: their bytes as the specification prints them, what is read out of them, and cut or lying ones.
#include "nvme_auth/message.h"

#include "nvme_auth/test_bytes.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_auth {
namespace {

TEST(Message, negotiate_has_the_bytes_of_the_specification) {
  const HashId hashes[] = {HashId::Sha256, HashId::Sha512};
  const DhGroup groups[] = {DhGroup::Null, DhGroup::Ffdhe8192};
  const Message message = build_negotiate(0x1234, SecureChannel::NewTlsPsk, hashes, groups);
  EXPECT_EQ(to_hex(message),
            "000000003412"
            "02"
            "01"
            "01000202"
            "0103" +
                std::string(56, '0') + "0005" + std::string(56, '0'));
  const auto parsed = parse_negotiate(message);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->t_id, 0x1234);
  EXPECT_EQ(parsed->sc_c, SecureChannel::NewTlsPsk);
  EXPECT_EQ(to_hex(parsed->hash_ids), "0103");
  EXPECT_EQ(to_hex(parsed->dh_ids), "0005");
}

TEST(Message, negotiate_takes_the_first_descriptor_of_its_protocol) {
  Message message = build_negotiate(1, SecureChannel::None, {}, {});
  Message second = message;
  message[7] = std::byte{2};
  message[8] = std::byte{0x77};
  message.insert(message.end(), second.begin() + 8, second.end());
  EXPECT_TRUE(parse_negotiate(message).has_value());
  message[8 + 64] = std::byte{0x77};
  EXPECT_EQ(parse_negotiate(message).error(), Explanation::ProtocolNotUsable);
  message.pop_back();
  EXPECT_EQ(parse_negotiate(message).error(), Explanation::IncorrectPayload);
}

TEST(Message, negotiate_refuses_lists_that_are_longer_than_their_place) {
  for (const size_t offset : {10U, 11U}) {
    Message message = build_negotiate(1, SecureChannel::None, {}, {});
    message[offset] = std::byte{30};
    EXPECT_TRUE(parse_negotiate(message).has_value());
    message[offset] = std::byte{31};
    EXPECT_EQ(parse_negotiate(message).error(), Explanation::IncorrectPayload);
  }
  Message message = build_negotiate(1, SecureChannel::None, {}, {});
  message[6] = std::byte{1};  // a secure channel of a kind that is none
  EXPECT_EQ(parse_negotiate(message).error(), Explanation::ConcatenationMismatch);
}

TEST(Message, challenge_has_the_bytes_of_the_specification) {
  const auto c1 = counted(32, 0xA0);
  const auto value = counted(256, 1);
  const Message message = build_challenge(0x0201, {HashId::Sha256, DhGroup::Ffdhe2048, 0x01020304, c1, value});
  EXPECT_EQ(to_hex(std::span(message).first(16)),
            "010100000102"
            "20"
            "00"
            "01"
            "01"
            "0001"
            "04030201");
  EXPECT_EQ(message.size(), 16U + 32U + 256U);
  const auto parsed = parse_challenge(message);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->seqnum, 0x01020304U);
  EXPECT_TRUE(std::ranges::equal(parsed->challenge, c1));
  EXPECT_TRUE(std::ranges::equal(parsed->dh_value, value));
}

TEST(Message, reply_has_the_bytes_of_the_specification) {
  const auto r1 = counted(48, 0);
  const auto c2 = counted(48, 100);
  const Message message =
      build_reply(7, {.has_challenge = true, .seqnum = 5, .response = r1, .challenge = c2, .dh_value = {}});
  EXPECT_EQ(to_hex(std::span(message).first(16)),
            "010200000700"
            "30"
            "00"
            "01"
            "00"
            "0000"
            "05000000");
  const auto parsed = parse_reply(message, HashId::Sha384, DhGroup::Null);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(parsed->has_challenge);
  EXPECT_TRUE(std::ranges::equal(parsed->response, r1));
  EXPECT_TRUE(std::ranges::equal(parsed->challenge, c2));
  EXPECT_FALSE(parse_reply(message, HashId::Sha256, DhGroup::Null).has_value());
  EXPECT_FALSE(parse_reply(message, HashId::Sha384, DhGroup::Ffdhe2048).has_value());
}

TEST(Message, ends_have_the_bytes_of_the_specification) {
  const auto r2 = counted(32, 9);
  EXPECT_EQ(to_hex(build_success1(1, HashId::Sha256, r2)),
            "010300000100"
            "20"
            "00"
            "01"
            "00000000000000" +
                to_hex(r2));
  EXPECT_EQ(to_hex(build_success1(1, HashId::Sha256, {})),
            "010300000100"
            "20"
            "00"
            "00"
            "00000000000000" +
                std::string(64, '0'));
  EXPECT_EQ(to_hex(build_success2(0xFFFF)),
            "01040000ffff"
            "00000000000000000000");
  EXPECT_EQ(to_hex(build_failure(MessageId::Failure1, 2, Explanation::HashNotUsable)),
            "00f100000200"
            "01"
            "04");
  EXPECT_EQ(to_hex(build_failure(MessageId::Failure2, 2, Explanation::IncorrectMessage)),
            "00f000000200"
            "01"
            "07");
  // Linux leaves R2 away when it is not valid.
  const Message short_success = build_success1(1, HashId::Sha256, {});
  EXPECT_TRUE(parse_success1(std::span(short_success).first(16), HashId::Sha256).has_value());
}

TEST(Message, a_type_and_an_id_belong_together) {
  EXPECT_TRUE(kind_of(from_hex("000000000000")).has_value());
  EXPECT_TRUE(kind_of(from_hex("010100000000")).has_value());
  for (const auto* const wrong :
       {"010000000000", "000100000000", "010500000000", "020100000000", "01f000000000", "", "0000000000"}) {
    EXPECT_FALSE(kind_of(from_hex(wrong)).has_value()) << wrong;
  }
}

TEST(Message, every_cut_is_refused) {
  const auto bytes = counted(32, 3);
  const auto value = counted(256, 3);
  const Message negotiate = build_negotiate(1, SecureChannel::None, {}, {});
  const Message challenge = build_challenge(1, {HashId::Sha256, DhGroup::Ffdhe2048, 1, bytes, value});
  const Message reply =
      build_reply(1, {.has_challenge = true, .seqnum = 1, .response = bytes, .challenge = bytes, .dh_value = value});
  const Message success = build_success1(1, HashId::Sha256, bytes);
  for (size_t size = 0; size < negotiate.size(); ++size) {
    EXPECT_FALSE(parse_negotiate(std::span(negotiate).first(size)).has_value()) << size;
  }
  for (size_t size = 0; size < challenge.size(); ++size) {
    EXPECT_FALSE(parse_challenge(std::span(challenge).first(size)).has_value()) << size;
  }
  for (size_t size = 0; size < reply.size(); ++size) {
    EXPECT_FALSE(parse_reply(std::span(reply).first(size), HashId::Sha256, DhGroup::Ffdhe2048).has_value()) << size;
  }
  for (size_t size = 0; size < success.size(); ++size) {
    EXPECT_FALSE(parse_success1(std::span(success).first(size), HashId::Sha256).has_value()) << size;
  }
  EXPECT_EQ(parse_failure(from_hex("00f10000020001")), static_cast<uint8_t>(Explanation::AuthenticationFailed));
}

}  // namespace
}  // namespace outrigger::nvme_auth
