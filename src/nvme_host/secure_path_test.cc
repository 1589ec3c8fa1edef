// A path to this daemon's own target with keys: DH-HMAC-CHAP on every queue, TLS with a configured PSK and with one
// that an authentication made, and what happens where keys are wrong, missing, or not asked for.
#include "nvme/host_security.h"
#include "nvme_host/limits.h"
#include "nvme_host/path_target_rig.h"
#include "nvme_host/remote_controller.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_host {
namespace {

using nvme_auth::DhGroup;
using nvme_auth::HashId;

constexpr std::string_view psk_256 = "NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";
constexpr std::string_view psk_384 =
    "NVMeTLSkey-1:02:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwP/w0S89ELi3W2LxIcLXVsDn8kXZQ==:";
constexpr std::string_view key_a = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:";
constexpr std::string_view key_b = "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:";

nvme_auth::DhchapKey key(std::string_view text) {
  auto parsed = nvme_auth::DhchapKey::parse(text);
  check(parsed.has_value(), "a test's key is one");
  return std::move(*parsed);
}
nvme_auth::ConfiguredPsk psk(std::string_view text) {
  auto parsed = nvme_auth::ConfiguredPsk::parse(text);
  check(parsed.has_value(), "a test's PSK is one");
  return std::move(*parsed);
}

class SecurePathTest : public PathToTarget {
 protected:
  SecurePathTest()
      : PathToTarget({.nqn = subsystem_nqn, .serial = {}, .model = {}, .firmware = {}, .allows_any_host = false},
                     /*has_keys=*/true) {
    add_namespace(1);
  }
  // What the target asks of this host.
  void allow(nvme::HostSecurity security) {
    (void)subsystem_->forbid_host(host_nqn);
    auto shared = std::make_shared<const nvme::HostSecurity>(std::move(security));
    const auto allowed = subsystem_->allow_host({.nqn = host_nqn, .security = std::move(shared)});
    check(allowed.has_value(), "the test allows a host");
  }
  PathOptions options(PathSecurity security) {
    PathOptions made = PathToTarget::options();
    made.security = std::make_shared<const PathSecurity>(std::move(security));
    return made;
  }
  void start(PathSecurity security) { PathToTarget::start(options(std::move(security))); }
  void connect(PathSecurity security) { PathToTarget::connect(options(std::move(security))); }
  // Fails at once, and is tried again rarely.
  void expect_denied(PathSecurity security, const std::string& text) {
    start(std::move(security));
    EXPECT_TRUE(wait([this] { return path_->status().connect_failures == 1; }));
    EXPECT_EQ(path_->status().state, PathState::Connecting);
    EXPECT_NE(path_->status().why.find(text), std::string::npos) << path_->status().why;
    EXPECT_TRUE(path_->status().is_refused);
    world_.pass(denied_delay_ms / 2);
    EXPECT_EQ(path_->status().connect_failures, 1U);
    EXPECT_EQ(observer_.live_count, 0);
  }
  void stop() {
    PathToTarget::stop();
    observer_ = {};
  }
  void move_data_of_all_sizes() { move_data_of_sizes({512, 8192, 8704, 65536, 1048576}); }
};

// -- DH-HMAC-CHAP

TEST_F(SecurePathTest, AuthenticatesOnEveryQueueWithEveryAlgorithm) {
  using Pair = std::pair<HashId, DhGroup>;
  for (const auto& [hash, group] :
       {Pair(HashId::Sha256, DhGroup::Null), Pair(HashId::Sha384, DhGroup::Null), Pair(HashId::Sha512, DhGroup::Null),
        Pair(HashId::Sha256, DhGroup::Ffdhe2048), Pair(HashId::Sha384, DhGroup::Ffdhe2048),
        Pair(HashId::Sha512, DhGroup::Ffdhe3072), Pair(HashId::Sha256, DhGroup::Ffdhe4096),
        Pair(HashId::Sha384, DhGroup::Ffdhe6144), Pair(HashId::Sha512, DhGroup::Ffdhe8192)}) {
    SCOPED_TRACE(std::string(nvme_auth::hash_name(hash)) + " " + std::string(nvme_auth::dh_group_name(group)));
    allow(
        {.host_key = key(key_a), .controller_key = key(key_b), .algorithms = {.hashes = {hash}, .dh_groups = {group}}});
    connect({.host_key = key(key_a), .controller_key = key(key_b)});
    EXPECT_TRUE(path_->status().is_authenticated);
    EXPECT_FALSE(path_->status().is_secure);
    ASSERT_EQ(subsystem_->controllers().size(), 1U);
    EXPECT_EQ(subsystem_->controllers()[0].io_queue_count, 2U);
    write_and_read(0, 4096, 1, 5);
    stop();
    ASSERT_TRUE(wait([this] { return subsystem_->controllers().empty(); }));
  }
}

TEST_F(SecurePathTest, AuthenticatesWithoutAskingTheTargetToo) {
  allow({.host_key = key(key_a)});
  connect({.host_key = key(key_a)});
  EXPECT_TRUE(path_->status().is_authenticated);
  write_and_read(1, 4096, 1, 5);
}

TEST_F(SecurePathTest, AKeyThatNobodyAsksForStaysAtHome) {
  allow({});
  connect({.host_key = key(key_a)});
  EXPECT_FALSE(path_->status().is_authenticated);
}

TEST_F(SecurePathTest, SaysThatItsKeyIsNotAccepted) {
  allow({.host_key = key(key_a)});
  expect_denied({.host_key = key(key_b)}, "does not accept our DH-HMAC-CHAP key");
  // Reset tries once more, with what is there then.
  allow({.host_key = key(key_b)});
  path_->reset();
  EXPECT_TRUE(wait([this] { return observer_.live_count == 1; })) << path_->status().why;
}

TEST_F(SecurePathTest, SaysThatTheTargetHasAnotherControllerKey) {
  allow({.host_key = key(key_a), .controller_key = key(key_a)});
  expect_denied({.host_key = key(key_a), .controller_key = key(key_b)}, "did not prove that it has the controller key");
}

TEST_F(SecurePathTest, SaysThatTheTargetHasNoControllerKey) {
  allow({.host_key = key(key_a)});
  expect_denied({.host_key = key(key_a), .controller_key = key(key_b)}, "authentication");
}

TEST_F(SecurePathTest, SaysWhichKeyIsMissing) {
  allow({.host_key = key(key_a)});
  expect_denied({}, "there is no DH-HMAC-CHAP key of the host here (dhchap_key)");
}

TEST_F(SecurePathTest, RefusesATargetThatDoesNotAsk) {
  allow({});
  expect_denied({.host_key = key(key_a), .controller_key = key(key_b)}, "does not ask for authentication");
}

TEST_F(SecurePathTest, SaysThatNoAlgorithmIsCommon) {
  allow({.host_key = key(key_a), .algorithms = {.hashes = {HashId::Sha512}, .dh_groups = {DhGroup::Null}}});
  PathSecurity security{.host_key = key(key_a)};
  security.algorithms.hashes = {HashId::Sha256};
  expect_denied(std::move(security), "says the target");
}

TEST_F(SecurePathTest, AuthenticatesAnewAtItsInterval) {
  allow({.host_key = key(key_a), .controller_key = key(key_b)});
  PathSecurity security{.host_key = key(key_a), .controller_key = key(key_b)};
  security.reauthenticate_ns = 12'000 * test_ms;
  connect(std::move(security));
  world_.pass(30'000);
  EXPECT_EQ(path_->status().losses, 0U) << path_->status().why;
  write_and_read(1, 4096, 1, 5);
}

TEST_F(SecurePathTest, AuthenticatesAgainAfterALoss) {
  allow({.host_key = key(key_a), .controller_key = key(key_b)});
  connect({.host_key = key(key_a), .controller_key = key(key_b)});
  const uint16_t tcp_port = target_->tcp_port();
  close_target();
  ASSERT_TRUE(wait([this] { return observer_.down_count == 1; }));
  EXPECT_FALSE(path_->status().is_authenticated);
  listen(tcp_port);
  ASSERT_TRUE(wait([this] { return observer_.live_count == 2; }, 20'000)) << path_->status().why;
  EXPECT_TRUE(path_->status().is_authenticated);
  write_and_read(0, 65536, 2, 3);
}

// -- TLS

TEST_F(SecurePathTest, MovesDataThroughTls) {
  for (const std::string_view text : {psk_256, psk_384}) {
    for (const auto version : {nvme_auth::PskVersion::V0, nvme_auth::PskVersion::V1}) {
      allow({.tls_psk = psk(text), .requires_tls = true});
      connect({.tls_psk = psk(text), .psk_version = version});
      EXPECT_TRUE(path_->status().is_secure);
      EXPECT_FALSE(path_->status().is_authenticated);
      move_data_of_all_sizes();
      stop();
    }
  }
}

TEST_F(SecurePathTest, AuthenticatesWithinTls) {
  allow({.host_key = key(key_a), .controller_key = key(key_b), .tls_psk = psk(psk_256), .requires_tls = true});
  connect({.host_key = key(key_a), .controller_key = key(key_b), .tls_psk = psk(psk_256)});
  EXPECT_TRUE(path_->status().is_secure);
  EXPECT_TRUE(path_->status().is_authenticated);
  write_and_read(1, 65536, 3, 5);
}

TEST_F(SecurePathTest, HearsEventsThroughTls) {
  allow({.tls_psk = psk(psk_256), .requires_tls = true});
  connect({.tls_psk = psk(psk_256)});
  ASSERT_TRUE(subsystem_->set_ana_state(target_->port(), 1, nvme::AnaState::NonOptimized).has_value());
  EXPECT_TRUE(wait([this] { return path_->namespaces()[0].ana == PathAnaState::NonOptimized; }));
  world_.pass(20'000);
  EXPECT_EQ(path_->status().losses, 0U) << path_->status().why;
}

TEST_F(SecurePathTest, FillsTheQueueThroughTls) {
  allow({.tls_psk = psk(psk_384), .requires_tls = true});
  connect({.tls_psk = psk(psk_384)});
  std::vector<std::unique_ptr<TestCommand>> all;
  for (uint64_t i = 0; i < 24; ++i) {
    all.push_back(std::make_unique<TestCommand>(i % 2 == 0 ? Direction::ToController : Direction::ToHost, 131072, 5));
    nvme::Sqe& sqe = all.back()->command.sqe;
    sqe.opcode = static_cast<uint8_t>(i % 2 == 0 ? nvme::IoOpcode::Write : nvme::IoOpcode::Read);
    sqe.nsid = 1;
    sqe.cdw10 = static_cast<uint32_t>(i * 256);
    sqe.cdw12 = 255U;
    ASSERT_TRUE(path_->queue(0)->submit(all.back()->command));
  }
  EXPECT_TRUE(world_.run_until([&] { return path_->queue(0)->in_flight_count() == 0; }, 50'000));
  for (const auto& one : all) {
    EXPECT_EQ(one->done_count, 1);
    EXPECT_TRUE(one->command.status.is_success());
  }
}

TEST_F(SecurePathTest, SaysThatItsPskIsNotShared) {
  allow({.tls_psk = psk(psk_256), .requires_tls = true});
  PathSecurity security;
  auto other = nvme_auth::ConfiguredPsk::generate(HashId::Sha256);
  ASSERT_TRUE(other.has_value());
  security.tls_psk.emplace(std::move(*other));
  expect_denied(std::move(security), "does not share our TLS pre-shared key");
}

TEST_F(SecurePathTest, SaysThatTheTargetSpeaksNoTls) {
  allow({});
  expect_denied({.tls_psk = psk(psk_256)}, "does not share our TLS pre-shared key");
}

TEST_F(SecurePathTest, IsTurnedAwayWithoutTls) {
  allow({.tls_psk = psk(psk_256), .requires_tls = true});
  start({});
  EXPECT_TRUE(wait([this] { return path_->status().connect_failures != 0; }));
  EXPECT_EQ(observer_.live_count, 0);
  EXPECT_FALSE(path_->status().why.empty());
}

TEST_F(SecurePathTest, ComesBackThroughTls) {
  allow({.tls_psk = psk(psk_384), .requires_tls = true});
  connect({.tls_psk = psk(psk_384)});
  const uint16_t tcp_port = target_->tcp_port();
  close_target();
  ASSERT_TRUE(wait([this] { return observer_.down_count == 1; }));
  EXPECT_FALSE(path_->status().is_secure);
  listen(tcp_port);
  ASSERT_TRUE(wait([this] { return observer_.live_count == 2; }, 20'000)) << path_->status().why;
  EXPECT_TRUE(path_->status().is_secure);
  write_and_read(0, 65536, 2, 3);
}

// -- secure channel concatenation

TEST_F(SecurePathTest, MakesItsTlsKeyByAuthentication) {
  allow({.host_key = key(key_a), .controller_key = key(key_b), .requires_tls = true});
  PathSecurity security{.host_key = key(key_a), .controller_key = key(key_b), .concatenates = true};
  security.reauthenticate_ns = 12'000 * test_ms;
  connect(std::move(security));
  EXPECT_TRUE(path_->status().is_secure);
  EXPECT_TRUE(path_->status().is_authenticated);
  move_data_of_all_sizes();
  // Which is replaced when it authenticates anew.
  world_.pass(30'000);
  EXPECT_EQ(path_->status().losses, 0U) << path_->status().why;
  // And made again after a loss.
  const uint16_t tcp_port = target_->tcp_port();
  close_target();
  ASSERT_TRUE(wait([this] { return observer_.down_count == 1; }));
  listen(tcp_port);
  ASSERT_TRUE(wait([this] { return observer_.live_count == 2; }, 20'000)) << path_->status().why;
  EXPECT_TRUE(path_->status().is_secure);
  write_and_read(1, 65536, 2, 3);
}

TEST_F(SecurePathTest, ConcatenationWithAWrongKeyIsDenied) {
  allow({.host_key = key(key_a), .requires_tls = true});
  expect_denied({.host_key = key(key_b), .concatenates = true}, "does not accept our DH-HMAC-CHAP key");
}

TEST_F(SecurePathTest, ATargetThatWantsConcatenationSaysSo) {
  allow({.host_key = key(key_a), .requires_tls = true});
  expect_denied({.host_key = key(key_a)}, "secure_channel_concatenation");
}

// -- a volume whose path was live once

class RefusedVolumeTest : public SecurePathTest, public RemoteControllerObserver {
 protected:
  static constexpr uint64_t step_ms = 20;
  ~RefusedVolumeTest() override {
    channel_ = nullptr;
    bool is_stopped = false;
    core::spawn(core::keep(remote_->stop(), &is_stopped));
    check(world_.wait_until([&] { return is_stopped; }, 10'000), "a remote controller stops");
  }
  void namespace_added(RemoteNamespace& added) override { volume_ = &added; }
  void namespace_removed(RemoteNamespace&) override { ++removed_count_; }

  // A volume over a path with key A; then the target has key B, and a read is submitted.
  void refuse(RemoteOptions with, int64_t controller_loss_ms) {
    allow({.host_key = key(key_a)});
    with.name = "remote";
    remote_ = std::make_unique<RemoteController>(
        world_.control(), cores_, std::move(with), *this,
        [this](PathOptions made) { return make_tcp_path(world_.control(), cores_, std::move(made)); });
    PathOptions made = options({.host_key = key(key_a)});
    made.controller_loss_ms = controller_loss_ms;
    check(remote_->add_path(std::move(made)).has_value(), "a path is added");
    check(wait([this] { return volume_ != nullptr; }), "a volume comes");
    auto opened = volume_->open_channel(*cores_[0]);
    check(opened.has_value(), "a channel is opened");
    channel_ = std::move(*opened);
    const uint16_t tcp_port = target_->tcp_port();
    close_target();
    allow({.host_key = key(key_b)});
    listen(tcp_port);
    ASSERT_TRUE(wait([this] { return status().is_refused; }, 20'000)) << status().why;
    EXPECT_NE(status().why.find("does not accept our DH-HMAC-CHAP key"), std::string::npos) << status().why;
    read_.submit(*channel_);
  }
  PathStatus status() const { return remote_->path_statistics().front().status; }
  bool wait_long(const std::function<bool()>& done, uint64_t ms) { return world_.wait_until(done, ms, step_ms); }

  std::unique_ptr<RemoteController> remote_;
  RemoteNamespace* volume_ = nullptr;
  int removed_count_ = 0;
  std::unique_ptr<block::Channel> channel_;
  block::TestIo read_{block::Op::Read, 0, 8, 4096};
};

TEST_F(RefusedVolumeTest, WaitsAndGoesOnWhenTheTargetTakesTheKeyAgain) {
  refuse({}, -1);
  const uint64_t failures = status().connect_failures;
  EXPECT_FALSE(wait_long([this] { return read_.is_done(); }, 5 * denied_delay_ms));
  EXPECT_EQ(status().state, PathState::Reconnecting);
  EXPECT_GE(status().connect_failures - failures, 3U);
  EXPECT_LE(status().connect_failures - failures, 5U) << "no flood";
  EXPECT_EQ(removed_count_, 0);
  EXPECT_TRUE(volume_->is_present());
  allow({.host_key = key(key_a)});
  EXPECT_TRUE(wait_long([this] { return read_.is_done(); }, denied_delay_ms + denied_delay_ms / 8 + 1000));
  EXPECT_EQ(read_.status(), block::Status::Ok);
  EXPECT_EQ(status().state, PathState::Live);
}

TEST_F(RefusedVolumeTest, GoesOnAfterAReset) {
  refuse({}, -1);
  allow({.host_key = key(key_a)});
  remote_->reset();
  EXPECT_TRUE(wait([this] { return read_.is_done(); })) << status().why;
  EXPECT_EQ(read_.status(), block::Status::Ok);
}

TEST_F(RefusedVolumeTest, GoesOnOverAPathWithOtherKeys) {
  refuse({}, -1);
  for (const auto& [name, before, text] : {std::tuple("second", "path", key_a), std::tuple("third", "second", key_b)}) {
    PathOptions made = options({.host_key = key(text)});
    made.name = name;
    ASSERT_TRUE(remote_->add_path(std::move(made), before).has_value());
    std::optional<Result<void>> removed;
    core::spawn(core::keep(remote_->remove_path(before), &removed));
    ASSERT_TRUE(wait([&] { return removed.has_value(); }));
    ASSERT_TRUE(removed->has_value()) << removed->error().what;
    EXPECT_EQ(removed_count_, 0);
  }
  EXPECT_TRUE(wait([this] { return read_.is_done(); })) << status().why;
  EXPECT_EQ(read_.status(), block::Status::Ok);
}

TEST_F(RefusedVolumeTest, FailsWhenTheLossOfTheControllerIsOver) {
  refuse({}, 90'000);
  EXPECT_FALSE(wait_long([this] { return read_.is_done(); }, 80'000));
  EXPECT_TRUE(wait_long([this] { return read_.is_done(); }, 20'000));
  EXPECT_EQ(read_.status(), block::Status::IoError);
  EXPECT_TRUE(wait([this] { return status().state == PathState::Failed; }));
  EXPECT_NE(status().why.find("given up after 90000 ms"), std::string::npos) << status().why;
  EXPECT_NE(status().why.find("DH-HMAC-CHAP key"), std::string::npos) << status().why;
  EXPECT_EQ(removed_count_, 1);
}

TEST_F(RefusedVolumeTest, FailsFastWhereThatIsWanted) {
  RemoteOptions with;
  with.fast_io_fail_ms = 20'000;
  refuse(std::move(with), -1);
  EXPECT_TRUE(wait([this] { return read_.is_done(); }, 21'000));
  EXPECT_EQ(read_.status(), block::Status::IoError);
  EXPECT_EQ(removed_count_, 0) << "the volume stays for when the key is mended";
}

// -- discovery

class SecureDiscoveryTest : public SecurePathTest {
 protected:
  DiscoveryOptions with(PathSecurity security) const {
    DiscoveryOptions made = discovery_at(target_->tcp_port(), host_nqn);
    made.security = std::make_shared<const PathSecurity>(std::move(security));
    return made;
  }
  Result<DiscoveryLog> ask(DiscoveryOptions options) {
    DiscoveryQuestion question(world_.control(), std::move(options));
    std::optional<Result<DiscoveryLog>> answer;
    core::spawn(core::keep(question.ask(), &answer));
    check(wait([&] { return answer.has_value(); }, 20'000), "a question ends");
    return std::move(*answer);
  }
  void expect_refusal(DiscoveryOptions options, const std::string& text) {
    const auto log = ask(std::move(options));
    ASSERT_FALSE(log.has_value());
    EXPECT_NE(log.error().what.find(text), std::string::npos) << log.error().what;
    EXPECT_EQ(log.error().what.find("NVMeTLSkey"), std::string::npos);
  }
  void require_tls() { check(target_->require_tls(true).has_value(), "the port has keys"); }
};

TEST_F(SecureDiscoveryTest, AsksThroughTls) {
  require_tls();
  for (const std::string_view text : {psk_256, psk_384}) {
    for (const auto version : {nvme_auth::PskVersion::V0, nvme_auth::PskVersion::V1}) {
      allow({.tls_psk = psk(text), .requires_tls = true});
      const auto log = ask(with({.tls_psk = psk(text), .psk_version = version}));
      ASSERT_TRUE(log.has_value()) << log.error().what;
      EXPECT_TRUE(log->is_secure);
      EXPECT_FALSE(log->is_authenticated);
      ASSERT_EQ(log->records.size(), 1U);
      EXPECT_EQ(log->records[0].subnqn, subsystem_nqn);
      EXPECT_TRUE(log->records[0].requires_secure_channel);
    }
  }
}

TEST_F(SecureDiscoveryTest, SaysWhichKeyIsMissingOrWrong) {
  allow({.tls_psk = psk(psk_256), .requires_tls = true});
  require_tls();
  expect_refusal(discovery_at(target_->tcp_port(), host_nqn), "it may require TLS, for which no key is given here");
  expect_refusal(with({.tls_psk = psk(psk_384)}), "does not share our TLS pre-shared key");
}

TEST_F(SecureDiscoveryTest, FollowsThroughTlsWithoutAFloodOfTries) {
  allow({.tls_psk = psk(psk_256), .requires_tls = true});
  require_tls();
  size_t lists = 0;
  DiscoveryWatch watch(world_.control(), with({.tls_psk = psk(psk_256)}), [&](const auto&) { ++lists; });
  watch.start();
  ASSERT_TRUE(wait([&] { return watch.is_current(); })) << watch.why();
  EXPECT_TRUE(watch.log().is_secure);
  subsystem_->withdraw_from(target_->port());
  EXPECT_TRUE(wait([&] { return lists == 2; })) << "it is told of changes";
  subsystem_->expose_at(target_->port());
  EXPECT_TRUE(wait([&] { return lists == 3; }));
  const uint16_t tcp_port = target_->tcp_port();
  close_target();
  allow({.tls_psk = psk(psk_384), .requires_tls = true});
  listen(tcp_port);
  const std::string text = "does not share our TLS pre-shared key";
  ASSERT_TRUE(wait([&] { return watch.why().find(text) != std::string::npos; }, 10'000)) << watch.why();
  EXPECT_TRUE(watch.has_log()) << "the last one holds";
  // The key is mended at once, and seen when the next try is due.
  allow({.tls_psk = psk(psk_256), .requires_tls = true});
  EXPECT_FALSE(wait([&] { return watch.is_current(); }, denied_delay_ms - 1000));
  EXPECT_TRUE(wait([&] { return watch.is_current(); }, 3000)) << watch.why();
  bool is_stopped = false;
  core::spawn(core::keep(watch.stop(), &is_stopped));
  EXPECT_TRUE(wait([&] { return is_stopped; }));
}

// Ours do not: whoever is told of there has to prove itself.
TEST_F(SecureDiscoveryTest, ADiscoveryServiceThatDoesNotAskIsTaken) {
  allow({.host_key = key(key_a), .controller_key = key(key_b)});
  PathSecurity security{.host_key = key(key_a), .controller_key = key(key_b)};
  expect_refusal(with({.host_key = key(key_a), .controller_key = key(key_b)}), "does not ask for authentication");
  security.demands_authentication = false;
  const auto log = ask(with(std::move(security)));
  ASSERT_TRUE(log.has_value()) << log.error().what;
  EXPECT_FALSE(log->is_authenticated);
  EXPECT_FALSE(log->is_secure);
  EXPECT_EQ(log->records.size(), 1U);
}

// -- what goes together

TEST(CheckSecurity, RefusesWhatDoesNotGoTogether) {
  const nvme_auth::Parties parties{.hostnqn = host_nqn, .subnqn = subsystem_nqn};
  EXPECT_TRUE(check_security({}, parties).has_value());
  EXPECT_TRUE(check_security({.host_key = key(key_a), .concatenates = true}, parties).has_value());
  EXPECT_FALSE(check_security({.controller_key = key(key_a)}, parties).has_value());
  EXPECT_FALSE(check_security({.concatenates = true}, parties).has_value());
  EXPECT_FALSE(check_security({.host_key = key(key_a), .concatenates = true, .tls_psk = psk(psk_256)}, parties));
  EXPECT_FALSE(check_security({.host_key = key(key_a),
                               .algorithms = {.hashes = {HashId::Sha512}, .dh_groups = {DhGroup::Ffdhe2048}},
                               .concatenates = true},
                              parties)
                   .has_value());
}

TEST(KeyExchangePace, RestsLongerThanItWorked) {
  KeyExchangePace pace;
  EXPECT_EQ(pace.earliest_ns(), 0U);
  pace.took(1000, 1100);
  EXPECT_EQ(pace.earliest_ns(), 1100 + 100 * (key_exchange_share - 1));
  pace.took(1150, 1160);
  EXPECT_EQ(pace.earliest_ns(), 1400U) << "no earlier than it was";
}

}  // namespace
}  // namespace outrigger::nvme_host
