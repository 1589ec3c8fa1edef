// Transactions of both sides with each other, and their responses against the specification's formulas, computed a
// second time through OpenSSL alone.
#include "nvme_auth/response.h"
#include "nvme_auth/test_bytes.h"
#include "nvme_auth/transaction_pair.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace outrigger::nvme_auth {
namespace {

using Bytes = std::vector<std::byte>;
constexpr HashId all_hashes[] = {HashId::Sha256, HashId::Sha384, HashId::Sha512};
constexpr DhGroup all_groups[] = {DhGroup::Null,      DhGroup::Ffdhe2048, DhGroup::Ffdhe3072,
                                  DhGroup::Ffdhe4096, DhGroup::Ffdhe6144, DhGroup::Ffdhe8192};

// The other program: nothing of the room but the wire's structures.
const EVP_MD* evp(HashId hash) {
  return EVP_get_digestbyname(hash == HashId::Sha256 ? "SHA256" : hash == HashId::Sha384 ? "SHA384" : "SHA512");
}
Bytes plain_hmac(HashId hash, const Bytes& key, const Bytes& data) {
  Bytes result(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  HMAC(evp(hash), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
       data.size(), reinterpret_cast<unsigned char*>(result.data()), &size);
  result.resize(size);
  return result;
}
Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
Bytes text(std::string_view chars) {
  const auto bytes = std::as_bytes(std::span(chars));
  return {bytes.begin(), bytes.end()};
}
Bytes part(const Message& message, size_t offset, size_t size) {
  const auto bytes = std::span(message).subspan(offset, size);
  return {bytes.begin(), bytes.end()};
}

TEST(Response, known_answers) {
  const auto key = counted(32, 0);
  const auto c1 = counted(32, 64);
  ResponseInput input{.hash = HashId::Sha256,
                      .key = key,
                      .session_key = {},
                      .challenge = c1,
                      .seqnum = 0x01020304,
                      .t_id = 0x0506,
                      .sc_c = SecureChannel::None,
                      .hostnqn = "nqn.psk-test-host",
                      .subnqn = "nqn.psk-test-subsys"};
  EXPECT_EQ(to_hex(host_response(input).bytes()), "31c054b177f541e3523082a2275cf14ddb0efa31323f138e3a76fec8eee1a7b2");
  EXPECT_EQ(to_hex(controller_response(input).bytes()),
            "7dcda14ee02b6c0e8f6cabfeb9a76a52493c72edba78116d33dd3cb802a2d123");
  const Secret ks = session_key(HashId::Sha256, bytes_of("shared"));
  input.session_key = ks.bytes();
  input.sc_c = SecureChannel::NewTlsPsk;
  EXPECT_EQ(to_hex(host_response(input).bytes()), "dd77305c3867d5efca7d5b3738841c2206ecf7227252e5aa89a5ec3e8757bdae");
}

TEST(Transaction, every_hash_with_every_group_both_ways) {
  for (const HashId hash : all_hashes) {
    for (const DhGroup group : all_groups) {
      PairOptions options;
      options.host_hashes = {hash};
      options.host_groups = {group};
      options.host_asks_controller = (static_cast<unsigned>(hash) + static_cast<unsigned>(group)) % 2 == 0;
      TransactionPair pair(options);
      pair.run();
      EXPECT_TRUE(pair.both(TransactionState::Authenticated)) << hash_name(hash) << ' ' << dh_group_name(group);
      EXPECT_EQ(pair.host->hash(), hash);
      EXPECT_EQ(pair.controller->dh_group(), group);
      EXPECT_EQ(pair.passed.size(), options.host_asks_controller ? 5U : 4U);
      EXPECT_FALSE(pair.host->take_generated_psk().has_value());
    }
  }
}

// Without a DH exchange everything that responses are made of is on the wire, but the key.
TEST(Transaction, responses_follow_the_formulas) {
  for (const HashId hash : all_hashes) {
    PairOptions options;
    options.host_hashes = {hash};
    options.host_asks_controller = true;
    TransactionPair pair(options);
    pair.run();
    ASSERT_EQ(pair.passed.size(), 5U);
    const size_t size = hash_bytes(hash);
    const Message& challenge = pair.passed[1];
    const Message& reply = pair.passed[2];
    const Message& success = pair.passed[3];
    const Bytes zero{std::byte{0}};
    const Bytes host_key = plain_hmac(HashId::Sha256, counted(32, 0), text("nqn.hostNVMe-over-Fabrics"));
    const Bytes r1 = plain_hmac(hash, host_key,
                                joined({part(challenge, 16, size), part(challenge, 12, 4), part(challenge, 4, 2), zero,
                                        text("HostHost"), text("nqn.host"), zero, text("nqn.subsystem")}));
    EXPECT_EQ(part(reply, 16, size), r1);
    const Bytes controller_key = from_hex("6c7b81cb2a746f74454b1d7140f3153b51ca99459fcef7a86a17f27695b87cd8");
    const Bytes r2 = plain_hmac(hash, controller_key,
                                joined({part(reply, 16 + size, size), part(reply, 12, 4), part(reply, 4, 2), zero,
                                        text("Controller"), text("nqn.subsystem"), zero, text("nqn.host")}));
    EXPECT_EQ(part(success, 16, size), r2);
  }
}

// We play the host ourselves, so that g^xy is ours to see.
TEST(Transaction, a_dh_exchange_augments_the_challenge_and_makes_the_psk) {
  PairOptions options;
  options.host_groups = {DhGroup::Ffdhe2048};
  options.secure_channel = SecureChannel::NewTlsPsk;
  TransactionPair pair(options);
  pair.controller->receive(pair.host->message());
  const Bytes challenge(pair.controller->message().begin(), pair.controller->message().end());
  pair.controller->message_sent();
  const auto dh = EphemeralKey::generate(DhGroup::Ffdhe2048);
  ASSERT_TRUE(dh.has_value());
  const auto shared = dh->shared_secret(part(challenge, 48, 256));
  ASSERT_TRUE(shared.has_value());
  Bytes ks(32);
  EVP_Digest(shared->bytes().data(), shared->size(), reinterpret_cast<unsigned char*>(ks.data()), nullptr, EVP_sha256(),
             nullptr);
  const Bytes augmented = plain_hmac(HashId::Sha256, ks, part(challenge, 16, 32));
  const Bytes host_key = plain_hmac(HashId::Sha256, counted(32, 0), text("nqn.hostNVMe-over-Fabrics"));
  const Bytes zero{std::byte{0}};
  const Bytes r1 = plain_hmac(HashId::Sha256, host_key,
                              joined({augmented,
                                      part(challenge, 12, 4),
                                      part(challenge, 4, 2),
                                      {std::byte{2}},
                                      text("HostHost"),
                                      text("nqn.host"),
                                      zero,
                                      text("nqn.subsystem")}));
  const Bytes c2 = counted(32, 200);
  pair.controller->receive(build_reply(
      0x1234, {.has_challenge = true, .seqnum = 0, .response = r1, .challenge = c2, .dh_value = dh->public_value()}));
  pair.controller->message_sent();
  EXPECT_EQ(pair.controller->state(), TransactionState::Authenticated);
  const auto psk = pair.controller->take_generated_psk();
  ASSERT_TRUE(psk.has_value());
  EXPECT_TRUE(psk->secret.equals(plain_hmac(HashId::Sha256, ks, joined({part(challenge, 16, 32), c2}))));
  EXPECT_FALSE(pair.controller->take_generated_psk().has_value());
}

TEST(Transaction, concatenation_gives_both_sides_one_psk) {
  for (const HashId hash : {HashId::Sha256, HashId::Sha384}) {
    for (const bool is_bidirectional : {false, true}) {
      PairOptions options;
      options.host_hashes = {hash};
      options.host_groups = {DhGroup::Ffdhe2048};
      options.host_asks_controller = is_bidirectional;
      options.has_secure_channel = is_bidirectional;
      options.secure_channel = is_bidirectional ? SecureChannel::ReplaceTlsPsk : SecureChannel::NewTlsPsk;
      TransactionPair pair(options);
      pair.run();
      ASSERT_TRUE(pair.both(TransactionState::Authenticated));
      EXPECT_EQ(pair.controller->secure_channel(), options.secure_channel);
      const auto ours = pair.controller->take_generated_psk();
      const auto theirs = pair.host->take_generated_psk();
      ASSERT_TRUE(ours.has_value() && theirs.has_value());
      EXPECT_EQ(ours->type, PskType::Generated);
      EXPECT_EQ(ours->hash, hash);
      EXPECT_TRUE(ours->secret.equals(theirs->secret.bytes()));
      EXPECT_TRUE(derive_tls_psk(*ours, PskVersion::V1, "nqn.host", "nqn.subsystem").has_value());
    }
  }
}

struct RefusedCase {
  std::string_view name;
  Explanation explanation;
  PairOptions options;
};

PairOptions with(const std::function<void(PairOptions&)>& change) {
  PairOptions options;
  change(options);
  return options;
}

std::vector<RefusedCase> refused_cases() {
  using Concatenation = ControllerTransaction::Concatenation;
  return {
      {"another host key", Explanation::AuthenticationFailed, with([](auto& o) { o.host_key_differs = true; })},
      {"another host", Explanation::AuthenticationFailed, with([](auto& o) { o.hostnqn = "nqn.hosT"; })},
      {"another subsystem", Explanation::AuthenticationFailed, with([](auto& o) { o.subnqn = "nqn.s"; })},
      {"a controller without a key", Explanation::AuthenticationFailed, with([](auto& o) {
         o.host_asks_controller = true;
         o.controller_has_key = false;
       })},
      {"no hash in common", Explanation::HashNotUsable, with([](auto& o) { o.controller_hashes = {HashId::Sha512}; })},
      {"no group in common", Explanation::DhGroupNotUsable,
       with([](auto& o) { o.controller_groups = {DhGroup::Ffdhe2048}; })},
      {"a concatenation that is refused", Explanation::ConcatenationMismatch, with([](auto& o) {
         o.host_groups = {DhGroup::Ffdhe2048};
         o.secure_channel = SecureChannel::NewTlsPsk;
         o.concatenation = Concatenation::Refused;
       })},
      {"no concatenation where it is required", Explanation::ConcatenationMismatch,
       with([](auto& o) { o.concatenation = Concatenation::Required; })},
      {"a first PSK over a secure channel", Explanation::ConcatenationMismatch, with([](auto& o) {
         o.host_groups = {DhGroup::Ffdhe2048};
         o.secure_channel = SecureChannel::NewTlsPsk;
         o.has_secure_channel = true;
       })},
      {"another PSK where there is none", Explanation::ConcatenationMismatch, with([](auto& o) {
         o.host_groups = {DhGroup::Ffdhe2048};
         o.secure_channel = SecureChannel::ReplaceTlsPsk;
       })},
      {"a concatenation without a group in common", Explanation::DhGroupNotUsable, with([](auto& o) {
         o.host_groups = {DhGroup::Null, DhGroup::Ffdhe2048};
         o.controller_groups = {DhGroup::Null, DhGroup::Ffdhe3072};
         o.secure_channel = SecureChannel::NewTlsPsk;
       })},
  };
}

TEST(Transaction, is_refused_with_the_reason_that_the_specification_has) {
  for (const RefusedCase& it : refused_cases()) {
    TransactionPair pair(it.options);
    pair.run();
    EXPECT_TRUE(pair.both(TransactionState::Failed)) << it.name;
    EXPECT_EQ(pair.controller->failure(), static_cast<uint8_t>(it.explanation)) << it.name;
    EXPECT_EQ(pair.host->failure(), static_cast<uint8_t>(it.explanation)) << it.name;
    EXPECT_FALSE(pair.controller->take_generated_psk().has_value() || pair.host->take_generated_psk().has_value());
  }
}

TEST(Transaction, a_controller_with_another_key_fails_with_the_host) {
  PairOptions options;
  options.host_asks_controller = true;
  options.controller_key_differs = true;
  TransactionPair pair(options);
  pair.run();
  EXPECT_TRUE(pair.both(TransactionState::Failed));
  EXPECT_EQ(to_hex(pair.passed.back()), "00f0000034120101");
}

TEST(Transaction, the_controllers_preference_decides) {
  PairOptions options;
  options.host_hashes = {HashId::Sha256, HashId::Sha384};
  options.host_groups = {DhGroup::Null, DhGroup::Ffdhe2048, DhGroup::Ffdhe3072};
  options.controller_hashes = {HashId::Sha512, HashId::Sha384, HashId::Sha256};
  options.controller_groups = {DhGroup::Ffdhe3072, DhGroup::Null};
  TransactionPair pair(options);
  pair.run();
  EXPECT_TRUE(pair.both(TransactionState::Authenticated));
  EXPECT_EQ(pair.controller->hash(), HashId::Sha384);
  EXPECT_EQ(pair.controller->dh_group(), DhGroup::Ffdhe3072);
}

TEST(Transaction, sequence_numbers_count_up_and_are_never_zero) {
  SequenceNumber sequence;
  const uint32_t first = sequence.next();
  EXPECT_NE(first, 0U);
  EXPECT_EQ(sequence.next(), first + 1 == 0 ? 1 : first + 1);
}

TEST(Transaction, is_not_made_of_what_cannot_work) {
  const DhchapKey key = TransactionPair::key(1);
  SequenceNumber sequence;
  const Parties parties{"nqn.host", "nqn.subsystem"};
  using Options = HostTransaction::Options;
  EXPECT_TRUE(HostTransaction::create(Options{.parties = parties, .algorithms = {}}, key, nullptr, sequence));
  for (const std::string& nqn : {std::string(), std::string(224, 'n'), std::string("nqn\0host", 8)}) {
    EXPECT_FALSE(HostTransaction::create(Options{.parties = {nqn, "s"}, .algorithms = {}}, key, nullptr, sequence));
    EXPECT_FALSE(ControllerTransaction::create({.parties = {"h", nqn}, .algorithms = {}}, key, nullptr, sequence));
  }
  EXPECT_FALSE(HostTransaction::create(Options{.parties = parties, .algorithms = {.hashes = {}, .dh_groups = {}}}, key,
                                       nullptr, sequence));
  const Algorithms twice{.hashes = {HashId::Sha256, HashId::Sha256}, .dh_groups = {DhGroup::Null}};
  EXPECT_FALSE(HostTransaction::create(Options{.parties = parties, .algorithms = twice}, key, nullptr, sequence));
  const Algorithms unfit{.hashes = {HashId::Sha512}, .dh_groups = {DhGroup::Null}};
  EXPECT_FALSE(HostTransaction::create(
      Options{.parties = parties, .algorithms = unfit, .secure_channel = SecureChannel::NewTlsPsk}, key, nullptr,
      sequence));
}

}  // namespace
}  // namespace outrigger::nvme_auth
