// Hosts that come with TLS to a target at a real loopback port, and hosts that do not.
#include "core/kept_job.h"
#include "nvme/limits.h"
#include "nvme_tcp/limits.h"
#include "nvme_tcp/target.h"
#include "nvme_tcp/test_host.h"
#include "nvme_tcp/tls_openssl_peer.h"
#include "nvme_tcp/tls_test_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cerrno>
#include <functional>

namespace outrigger::nvme_tcp {
namespace {

constexpr const char* identity = "NVMe0R01 nqn.host nqn.subsystem";

class TlsTargetTest : public ::testing::Test {
 protected:
  TlsTargetTest()
      : control_(make("control")), data_(make("data")), data_cores_{data_.get()}, groups_(*control_, data_cores_) {
    turn();
    desk_.queue = std::make_shared<FakeQueue>(*data_, 1U << 20);
    keys_.known.push_back(tls_test::psk(identity, nvme_auth::HashId::Sha256, 0x2A));
  }
  ~TlsTargetTest() override {
    if (target_ != nullptr) {
      bool is_closed = false;
      core::spawn(core::keep(target_->close(), &is_closed));
      EXPECT_TRUE(turn_until([&] { return is_closed; }));
      target_.reset();
    }
  }
  std::unique_ptr<core::Reactor> make(const char* name) {
    auto made = core::Reactor::create({.name = name, .uring_entries = 0}, clock_);
    check(made.has_value(), "a reactor");
    return std::move(*made);
  }
  void turn() {
    control_->run_turn();
    data_->run_turn();
  }
  bool turn_until(const std::function<bool()>& is_enough) {
    for (int i = 0; i < 100'000; ++i) {
      if (is_enough()) {
        return true;
      }
      turn();
    }
    return false;
  }
  void listen(bool requires_tls) {
    auto made = Target::listen(groups_, desk_,
                               {.requires_tls = requires_tls, .keys = &keys_, .turns = &turns_, .connection = {}});
    ASSERT_TRUE(made.has_value()) << made.error().what;
    target_ = std::move(*made);
    EXPECT_EQ(target_->port().requires_tls, requires_tls);
  }
  [[nodiscard]] UniqueFd connect() const {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target_->tcp_port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::fcntl(socket.get(), F_SETFL, O_NONBLOCK), 0);
    return socket;
  }
  // A host's side, after its handshake; how that ended.
  std::unique_ptr<Stream> secure(uint8_t key_fill, TlsStream::Handshake& outcome) {
    auto made = TlsStream::connect(connect(), tls_test::psk(identity, nvme_auth::HashId::Sha256, key_fill), clock_);
    check(made.has_value(), "a client");
    outcome = TlsStream::Handshake::WantsRead;
    turn_until([&] {
      outcome = (*made)->handshake();
      return outcome == TlsStream::Handshake::Done || outcome == TlsStream::Handshake::Failed;
    });
    return std::move(*made);
  }
  void say(Stream& host, const Bytes& bytes) {
    size_t done = 0;
    EXPECT_TRUE(turn_until([&] {
      const iovec piece{const_cast<std::byte*>(bytes.data()) + done, bytes.size() - done};
      const ssize_t count = host.write(&piece, 1);
      done += count > 0 ? static_cast<size_t>(count) : 0;
      return done == bytes.size();
    }));
  }
  // Fewer when the connection ended first.
  Bytes hear(Stream& host, size_t wanted) {
    Bytes heard(wanted);
    size_t got = 0;
    EXPECT_TRUE(turn_until([&] {
      const iovec piece{heard.data() + got, wanted - got};
      const ssize_t count = host.read(&piece, 1);
      got += count > 0 ? static_cast<size_t>(count) : 0;
      return got == wanted || count == 0 || (count < 0 && count != -EAGAIN);
    }));
    heard.resize(got);
    return heard;
  }

  core::ManualClock clock_;
  std::unique_ptr<core::Reactor> control_;
  std::unique_ptr<core::Reactor> data_;
  std::vector<core::Reactor*> data_cores_;
  nvme::AuthenticationTurns turns_{*control_};
  GroupSet groups_;
  FakeDesk desk_;
  tls_test::Keys keys_;
  std::unique_ptr<Target> target_;
};

// All in one go, so that bytes lie decrypted and undecrypted in the stream when the connection moves to its data core.
TEST_F(TlsTargetTest, NothingIsLostOnTheWayHome) {
  listen(true);
  TlsStream::Handshake outcome{};
  const auto host = secure(0x2A, outcome);
  ASSERT_EQ(outcome, TlsStream::Handshake::Done);
  const Script script;
  Bytes all = script.icreq();
  const auto add = [&all](const Bytes& bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); };
  add(script.connect());
  constexpr uint16_t writes = 25;
  const Bytes data = pattern(8192, 3);
  for (uint16_t i = 0; i < writes; ++i) {
    add(script.write(static_cast<uint16_t>(i + 1), i * 16ULL, data));
  }
  say(*host, all);
  EXPECT_EQ(hear(*host, 128 + 24 + writes * 24).size(), 128U + 24 + writes * 24);
  EXPECT_EQ(desk_.tls_identity, identity);
  EXPECT_EQ(desk_.tls_fingerprint, nvme_auth::fingerprint_of(keys_.known[0]));
  say(*host, script.read(99, 16, 16));
  const Bytes answer = hear(*host, 24 + 8192 + 24);
  ASSERT_EQ(answer.size(), 24U + 8192 + 24);
  EXPECT_TRUE(std::equal(data.begin(), data.end(), answer.begin() + 24));
}

TEST_F(TlsTargetTest, WhoeverSpeaksInTheClearIsTurnedAwayWhereTlsIsRequired) {
  listen(true);
  PlainStream host(connect());
  say(host, Script().icreq());
  EXPECT_TRUE(hear(host, 1).empty());
  EXPECT_EQ(desk_.connects, 0);
  EXPECT_TRUE(turn_until([&] { return target_->connection_count() == 0; }));
}

TEST_F(TlsTargetTest, BothComeToAPortThatAllowsBoth) {
  listen(false);
  desk_.new_queues_home = data_.get();
  PlainStream plain(connect());
  say(plain, Script().icreq());
  say(plain, Script().connect());
  EXPECT_EQ(hear(plain, 128 + 24).size(), 152U);
  EXPECT_EQ(desk_.tls_identity, "");
  TlsStream::Handshake outcome{};
  const auto host = secure(0x2A, outcome);
  ASSERT_EQ(outcome, TlsStream::Handshake::Done);
  say(*host, Script().icreq());
  say(*host, Script().connect());
  EXPECT_EQ(hear(*host, 128 + 24).size(), 152U);
  EXPECT_EQ(desk_.tls_identity, identity);
}

TEST_F(TlsTargetTest, AWrongKeyDoesNotGetIn) {
  listen(false);
  TlsStream::Handshake outcome{};
  const auto host = secure(0x2B, outcome);
  EXPECT_NE(outcome, TlsStream::Handshake::Done);
  EXPECT_TRUE(turn_until([&] { return target_->connection_count() == 0; }));
  EXPECT_EQ(desk_.connects, 0);
}

TEST_F(TlsTargetTest, ASilentHostGoes) {
  listen(true);
  const UniqueFd silent = connect();
  const UniqueFd half = connect();
  const uint8_t begin[] = {0x16, 0x03, 0x01, 0x02};
  ASSERT_EQ(::send(half.get(), begin, sizeof(begin), MSG_NOSIGNAL), 4);
  EXPECT_TRUE(turn_until([&] { return target_->connection_count() == 2; }));
  for (int i = 0; i < 100; ++i) {
    turn();
  }
  EXPECT_EQ(target_->connection_count(), 2U);
  clock_.advance(setup_ns_max + 1);
  EXPECT_TRUE(turn_until([&] { return target_->connection_count() == 0; }));
}

class TlsTurns : public TlsTargetTest {
 protected:
  TlsTurns() { listen(true); }
  // Somebody's Diffie-Hellman has just taken this long.
  void keep_busy() {
    nvme::AuthenticationTurns::Place place;
    ASSERT_TRUE(turns_.enter("203.0.113.1:1", place, [&] { clock_.advance(cost_ns); }));
  }
  void turn_often() {
    for (int i = 0; i < 200; ++i) {
      turn();
    }
  }
  static constexpr uint64_t cost_ns = 1'000'000;
};

TEST_F(TlsTurns, AHandshakeWaitsForItsTurn) {
  keep_busy();
  tls_test::OpenSslClient host(connect(), identity, 0x2A);
  EXPECT_FALSE(host.shake_hands());
  EXPECT_TRUE(turn_until([&] { return turns_.waiting() == 1; }));
  turn_often();
  EXPECT_EQ(keys_.asked, 0U) << "nothing was computed or looked up";
  EXPECT_FALSE(host.shake_hands());
  clock_.advance(nvme::authentication_rest_factor * cost_ns);
  EXPECT_TRUE(turn_until([&] { return host.shake_hands(); }));
  EXPECT_EQ(turns_.waiting(), 0U);
  EXPECT_EQ(keys_.asked, 1U);
}

TEST_F(TlsTurns, NothingIsComputedForWhoHasGone) {
  keep_busy();
  for (const bool is_reset : {false, true}) {
    {
      const UniqueFd socket = connect();
      tls_test::OpenSslClient host(UniqueFd(::dup(socket.get())), identity, 0x2A);
      EXPECT_FALSE(host.shake_hands());
      EXPECT_TRUE(turn_until([&] { return turns_.waiting() == 1; }));
      turn_often();
      const linger at_once{.l_onoff = is_reset ? 1 : 0, .l_linger = 0};
      ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    }
    EXPECT_TRUE(turn_until([&] { return turns_.waiting() == 0; })) << (is_reset ? "reset" : "closed");
    EXPECT_TRUE(turn_until([&] { return target_->connection_count() == 0; }));
    EXPECT_EQ(keys_.asked, 0U);
  }
}

// What comes behind the ClientHello stays where it is, and wakes nobody.
TEST_F(TlsTurns, WhoTalksOnWhileItWaitsIsNotRead) {
  keep_busy();
  const UniqueFd socket = connect();
  tls_test::OpenSslClient host(UniqueFd(::dup(socket.get())), identity, 0x2A);
  EXPECT_FALSE(host.shake_hands());
  EXPECT_TRUE(turn_until([&] { return turns_.waiting() == 1; }));
  const std::string more(100'000, 'x');
  EXPECT_GT(::send(socket.get(), more.data(), more.size(), MSG_DONTWAIT | MSG_NOSIGNAL), 0);
  turn_often();
  EXPECT_EQ(turns_.waiting(), 1U);
  clock_.advance(nvme::authentication_rest_factor * cost_ns);
  EXPECT_TRUE(turn_until([&] { return target_->connection_count() == 0; })) << "it is no TLS";
}

TEST_F(TlsTargetTest, AHostThatOnlyChangesItsKeysGoesAndOthersAreServed) {
  listen(true);
  desk_.new_queues_home = data_.get();
  TlsStream::Handshake outcome{};
  const auto other = secure(0x2A, outcome);
  say(*other, Script().icreq());
  say(*other, Script().connect());
  EXPECT_EQ(hear(*other, 128 + 24).size(), 152U);
  tls_test::OpenSslClient restless(connect(), identity, 0x2A);
  ASSERT_TRUE(turn_until([&] { return restless.shake_hands(); }));
  EXPECT_EQ(target_->connection_count(), 2U);
  for (int i = 0; i < 1000 && restless.update_key(); ++i) {
  }
  say(*other, Script().read(1, 0, 8));
  EXPECT_EQ(hear(*other, 24 + 4096 + 24).size(), 24U + 4096 + 24);
  EXPECT_TRUE(turn_until([&] { return target_->connection_count() == 1; }));
  say(*other, Script().read(2, 0, 8));
  EXPECT_EQ(hear(*other, 24 + 4096 + 24).size(), 24U + 4096 + 24) << "it stays";
}

TEST_F(TlsTargetTest, TlsCannotBeRequiredWithoutKeys) {
  EXPECT_FALSE(Target::listen(groups_, desk_, {.requires_tls = true, .connection = {}}).has_value());
}

}  // namespace
}  // namespace outrigger::nvme_tcp
