// Targets that mean no good, or do not know what they do, while we authenticate or shake hands: each ends the try with
// a reason, soon, and is not asked again where that could not help.
#include "nvme_auth/controller_transaction.h"
#include "nvme_host/fake_target.h"
#include "nvme_host/path_rig.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_host {
namespace {

using nvme_auth::DhGroup;
using nvme_auth::HashId;
using nvme_auth::MessageId;

constexpr const char* host_nqn = "nqn.2014-08.org.nvmexpress:uuid:6e33f0ae-5d55-4f9f-bbbf-2d4dc1f1f001";
constexpr std::string_view key_a = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:";
constexpr std::string_view key_b = "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:";
constexpr std::string_view psk_256 = "NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";

nvme_auth::DhchapKey key(std::string_view text) {
  auto parsed = nvme_auth::DhchapKey::parse(text);
  check(parsed.has_value(), "a test's key is one");
  return std::move(*parsed);
}

class SecurePeerTest : public testing::Test {
 protected:
  SecurePeerTest() : cores_(world_.data_cores()) {
    world_.pumps.push_back([this] { target_.pump(); });
    target_.connect_bits = nvme::connect_atr;
  }
  ~SecurePeerTest() override {
    if (path_ == nullptr) {
      return;
    }
    bool is_stopped = false;
    core::spawn(core::keep(path_->stop(), &is_stopped));
    check(world_.wait_until([&] { return is_stopped; }, 5000), "a path stops");
  }
  void start(PathSecurity security) {
    PathOptions made;
    made.name = "path";
    made.traddr = "127.0.0.1";
    made.trsvcid = std::to_string(target_.tcp_port());
    made.subnqn = FakeTarget::nqn;
    made.hostnqn = host_nqn;
    made.connect_timeout_ms = 500;
    made.security = std::make_shared<const PathSecurity>(std::move(security));
    path_ = make_tcp_path(world_.control(), cores_, std::move(made));
    path_->start(observer_);
  }
  void expect_failure(PathSecurity security, bool is_denied, const std::string& text) {
    start(std::move(security));
    ASSERT_TRUE(world_.wait_until([this] { return path_->status().connect_failures != 0; }, 3000));
    EXPECT_NE(path_->status().why.find(text), std::string::npos) << path_->status().why;
    EXPECT_LE(target_.authentications, 2U * authentication_messages_max);
    world_.pass(20'000);
    EXPECT_EQ(path_->status().connect_failures == 1, is_denied) << path_->status().why;
    EXPECT_EQ(observer_.live_count, 0);
  }
  static PathSecurity with_key() { return {.host_key = key(key_a)}; }
  // The target has key A, of the host, and where it is given, its own.
  void authenticate_for(const std::string& subnqn, std::string_view own_key = {}) {
    if (!own_key.empty()) {
      own_key_.emplace(key(own_key));
    }
    target_.authenticates = [this, subnqn](std::span<const std::byte> message) -> Bytes {
      if (const auto kind = nvme_auth::kind_of(message); kind && kind->id == MessageId::Negotiate) {
        auto made = nvme_auth::ControllerTransaction::create(
            {.parties = {.hostnqn = host_nqn, .subnqn = subnqn}, .algorithms = {}}, key(key_a),
            own_key_ ? &*own_key_ : nullptr, sequence_);
        check(made.has_value(), "a controller's side");
        transaction_.emplace(std::move(*made));
      }
      transaction_->receive(message);
      const auto answer = transaction_->message();
      Bytes bytes(answer.begin(), answer.end());
      transaction_->message_sent();
      return bytes;
    };
  }
  Result<DiscoveryLog> ask(PathSecurity security) {
    DiscoveryOptions options = discovery_at(target_.tcp_port(), host_nqn);
    options.security = std::make_shared<const PathSecurity>(std::move(security));
    DiscoveryQuestion question(world_.control(), std::move(options));
    std::optional<Result<DiscoveryLog>> answer;
    core::spawn(core::keep(question.ask(), &answer));
    check(world_.wait_until([&] { return answer.has_value(); }, 20'000), "a question ends");
    return std::move(*answer);
  }
  static uint16_t t_id_of(std::span<const std::byte> message) {
    const auto kind = nvme_auth::kind_of(message);
    return kind ? kind->t_id : uint16_t{0};
  }

  PathWorld world_;
  std::vector<core::Reactor*> cores_;
  FakeTarget target_;
  nvme_auth::SequenceNumber sequence_;
  std::optional<nvme_auth::DhchapKey> own_key_;
  std::optional<nvme_auth::ControllerTransaction> transaction_;
  RecordingObserver observer_;
  std::unique_ptr<Path> path_;
};

TEST_F(SecurePeerTest, AnswersThatAreNoMessages) {
  target_.authenticates = [](std::span<const std::byte>) { return Bytes(4096, std::byte{0xA5}); };
  expect_failure(with_key(), true, "says this host");
}

TEST_F(SecurePeerTest, AMessageOfAnotherTransaction) {
  target_.authenticates = [](std::span<const std::byte> message) {
    return nvme_auth::build_failure(MessageId::Failure1, static_cast<uint16_t>(t_id_of(message) + 1),
                                    nvme_auth::Explanation::AuthenticationFailed);
  };
  expect_failure(with_key(), true, "says this host");
}

TEST_F(SecurePeerTest, ASuccessWithoutAChallenge) {
  target_.authenticates = [](std::span<const std::byte> message) {
    return nvme_auth::build_success1(t_id_of(message), HashId::Sha256, {});
  };
  expect_failure(with_key(), true, "says this host");
}

TEST_F(SecurePeerTest, AChallengeForEver) {
  target_.authenticates = [](std::span<const std::byte> message) {
    const Bytes challenge(32, std::byte{3});
    return nvme_auth::build_challenge(
        t_id_of(message),
        {.hash = HashId::Sha256, .dh_group = DhGroup::Null, .seqnum = 1, .challenge = challenge, .dh_value = {}});
  };
  expect_failure(with_key(), true, "says this host");
}

TEST_F(SecurePeerTest, ADhValueThatIsNone) {
  for (const std::byte fill : {std::byte{0}, std::byte{0xFF}}) {
    target_.authenticates = [fill](std::span<const std::byte> message) {
      const Bytes challenge(32, std::byte{3});
      const Bytes value(nvme_auth::dh_value_bytes(DhGroup::Ffdhe2048), fill);
      return nvme_auth::build_challenge(t_id_of(message), {.hash = HashId::Sha256,
                                                           .dh_group = DhGroup::Ffdhe2048,
                                                           .seqnum = 1,
                                                           .challenge = challenge,
                                                           .dh_value = value});
    };
    start(with_key());
    ASSERT_TRUE(world_.wait_until([this] { return path_->status().connect_failures != 0; }, 3000));
    EXPECT_NE(path_->status().why.find("says this host"), std::string::npos) << path_->status().why;
    bool is_stopped = false;
    core::spawn(core::keep(path_->stop(), &is_stopped));
    ASSERT_TRUE(world_.wait_until([&] { return is_stopped; }, 5000));
  }
}

// A target without the controller key says that all is well and proves nothing.
TEST_F(SecurePeerTest, ASuccessWithoutAProof) {
  target_.authenticates = [](std::span<const std::byte> message) -> Bytes {
    const auto kind = nvme_auth::kind_of(message);
    const Bytes challenge(32, std::byte{3});
    if (kind && kind->id == MessageId::Negotiate) {
      return nvme_auth::build_challenge(
          kind->t_id,
          {.hash = HashId::Sha256, .dh_group = DhGroup::Null, .seqnum = 1, .challenge = challenge, .dh_value = {}});
    }
    return nvme_auth::build_success1(t_id_of(message), HashId::Sha256, {});
  };
  expect_failure({.host_key = key(key_a), .controller_key = key(key_b)}, true,
                 "did not prove that it has the controller key");
}

// The same target is good enough for who does not ask: then it goes on, and has nothing to hide.
TEST_F(SecurePeerTest, WeAreAuthenticatedWhenItSaysSo) {
  authenticate_for(FakeTarget::nqn);
  start(with_key());
  EXPECT_TRUE(world_.wait_until([this] { return observer_.live_count == 1; }, 5000)) << path_->status().why;
  EXPECT_TRUE(path_->status().is_authenticated);
  EXPECT_EQ(target_.authentications, 8U) << "two queues, two messages each way";
}

TEST_F(SecurePeerTest, CommandsThatFail) {
  target_.authentication_status = nvme::Status::final(nvme::StatusCode::InvalidOpcode);
  expect_failure(with_key(), true, "Authentication Send failed with status 001h");
}

TEST_F(SecurePeerTest, CommandsThatMaySucceedLater) {
  target_.authentication_status = nvme::Status::retryable(nvme::StatusCode::InternalError);
  expect_failure(with_key(), false, "Authentication Send failed");
}

TEST_F(SecurePeerTest, AReceiveWithoutData) { expect_failure(with_key(), false, "Authentication Receive"); }

// -- discovery controllers that ask for authentication

TEST_F(SecurePeerTest, ADiscoveryControllerIsAskedByWhoAuthenticates) {
  authenticate_for(std::string(nvme::discovery_nqn), key_b);
  for (const bool is_mutual : {false, true}) {
    PathSecurity security = with_key();
    if (is_mutual) {
      security.controller_key.emplace(key(key_b));
      security.demands_authentication = false;
    }
    const auto log = ask(std::move(security));
    ASSERT_TRUE(log.has_value()) << log.error().what;
    EXPECT_TRUE(log->is_authenticated);
    EXPECT_FALSE(log->is_secure);
  }
}

TEST_F(SecurePeerTest, ADiscoveryControllerAndWrongKeys) {
  authenticate_for(std::string(nvme::discovery_nqn), key_b);
  const auto refusal = [this](PathSecurity security) {
    const auto log = ask(std::move(security));
    return log.has_value() ? "it was not refused" : log.error().what;
  };
  EXPECT_NE(refusal({}).find("there is no DH-HMAC-CHAP key of the host here (dhchap_key)"), std::string::npos);
  EXPECT_NE(refusal({.host_key = key(key_b)}).find("does not accept our DH-HMAC-CHAP key"), std::string::npos);
  // Where it does ask, it has to prove itself.
  PathSecurity other{.host_key = key(key_a), .controller_key = key(key_a)};
  other.demands_authentication = false;
  const std::string why = refusal(std::move(other));
  EXPECT_NE(why.find("did not prove that it has the controller key"), std::string::npos) << why;
}

// Ours are spoken to without it, whatever is switched on for what they show.
TEST_F(SecurePeerTest, ADiscoveryControllerThatWantsConcatenation) {
  target_.connect_bits = nvme::connect_ascr;
  const auto log = ask(with_key());
  ASSERT_FALSE(log.has_value());
  EXPECT_NE(log.error().what.find("secure channel concatenation, which is not spoken with discovery controllers here"),
            std::string::npos)
      << log.error().what;
  EXPECT_NE(log.error().what.find("(tls_key)"), std::string::npos) << log.error().what;
  EXPECT_EQ(log.error().what.find("switched on"), std::string::npos) << log.error().what;
}

// -- TLS

TEST_F(SecurePeerTest, ATargetThatIsSilentInTheHandshake) {
  target_.is_silent = true;
  PathSecurity security;
  auto parsed = nvme_auth::ConfiguredPsk::parse(psk_256);
  ASSERT_TRUE(parsed.has_value());
  security.tls_psk.emplace(std::move(*parsed));
  expect_failure(std::move(security), false, "the TLS handshake did not end in time");
}

}  // namespace
}  // namespace outrigger::nvme_host
