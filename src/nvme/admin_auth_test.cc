// In-band authentication of admin and I/O queues, keys that change, and the PSKs of TLS (Base 2.0, 8.13).
#include "nvme/admin_rig.h"
#include "nvme/host_security.h"
#include "nvme_auth/host_transaction.h"
#include "nvme_auth/limits.h"

#include <bit>

namespace outrigger::nvme {
namespace {

using nvme_auth::Explanation;
using nvme_auth::TransactionState;

constexpr std::string_view hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host1";
constexpr std::string_view subnqn = "nqn.2026-11.example:disks";
constexpr std::string_view key_1 = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:";
constexpr std::string_view key_2 = "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:";

nvme_auth::DhchapKey key(std::string_view text) {
  auto parsed = nvme_auth::DhchapKey::parse(text);
  check(parsed.has_value(), "a test's key is one");
  return std::move(*parsed);
}

struct Keys {
  std::string_view host_key = key_1;
  std::string_view controller_key{};
  bool requires_tls = false;
  bool requires_authentication = true;
  const nvme_auth::ConfiguredPsk* psk = nullptr;
  bool may_concatenate = true;
};

std::shared_ptr<const HostSecurity> security_of(const Keys& keys) {
  auto made = std::make_shared<HostSecurity>();
  if (!keys.host_key.empty()) {
    made->host_key = key(keys.host_key);
  }
  if (!keys.controller_key.empty()) {
    made->controller_key = key(keys.controller_key);
  }
  made->algorithms.dh_groups = {nvme_auth::DhGroup::Null, nvme_auth::DhGroup::Ffdhe2048};
  made->requires_tls = keys.requires_tls;
  made->requires_authentication = keys.requires_authentication;
  made->may_concatenate = keys.may_concatenate;
  if (keys.psk != nullptr) {
    auto parsed = nvme_auth::ConfiguredPsk::parse(keys.psk->format());
    check(parsed.has_value(), "what was formatted can be parsed");
    made->tls_psk = std::move(*parsed);
  }
  return made;
}

// What a host's side of a transaction does.
struct HostSide {
  std::string_view host_key = key_1;
  std::string_view controller_key{};
  nvme_auth::SecureChannel secure_channel = nvme_auth::SecureChannel::None;
  std::optional<nvme_auth::DhGroup> only_group{};
};

class AuthenticationTest : public AdminTest {
 protected:
  AuthenticationTest() { subsystem->allow_any_host(false); }
  void agree(const Keys& keys) {
    ASSERT_TRUE(subsystem->allow_host({.nqn = std::string(hostnqn), .security = security_of(keys)}).has_value());
  }
  // Somebody else's Diffie-Hellman has just kept the control reactor busy.
  void keep_busy() {
    AuthenticationTurns::Place place;
    auto& turns = world.directory().authentication_turns();
    ASSERT_TRUE(turns.enter("203.0.113.1:1", place, [&] { world.sim().clock().advance(ms); }));
    ASSERT_FALSE(place.is_waiting());
  }
  // An I/O queue of `host`, not by the rig, which takes queues home at once.
  ConnectOutcome connect_io(TestHost& host, Connection& io) {
    host.reset_connect(1);
    return world.directory().connect(
        {.sqe = host.sqe, .data = host.data, .port = port, .peer = "192.0.2.9", .tls_identity = "", .link = io});
  }
  // One Authentication command, on the admin queue or an I/O queue that is not at home.
  static AuthenticationSqe command_of(FabricsType type, size_t length) {
    AuthenticationSqe sqe;
    sqe.fctype = static_cast<uint8_t>(type);
    sqe.spsp0 = sqe.spsp1 = 1;
    sqe.secp = 0xE9;
    sqe.length = static_cast<uint32_t>(length);
    return sqe;
  }
  // Goes as far as it can without its turn.
  void start(TestCommand& command, Queue& queue, const AuthenticationSqe& sqe, std::span<const std::byte> sent) {
    command.command.sqe = std::bit_cast<Sqe>(sqe);
    std::ranges::copy(sent, command.memory().begin());
    command.send(queue);
    world.settle();
  }
  std::unique_ptr<TestCommand> run(Queue& queue, const AuthenticationSqe& sqe, std::span<const std::byte> sent = {}) {
    auto command = std::make_unique<TestCommand>(static_cast<uint32_t>(uint32_t{sqe.length}));
    start(*command, queue, sqe, sent);
    EXPECT_TRUE(command->is_done);
    return command;
  }
  Status send(Queue& queue, std::span<const std::byte> message) {
    return run(queue, command_of(FabricsType::AuthenticationSend, message.size()), message)->command.status;
  }
  std::unique_ptr<TestCommand> receive(Queue& queue, size_t length = 2048) {
    return run(queue, command_of(FabricsType::AuthenticationReceive, length));
  }
  nvme_auth::HostTransaction host_side(const HostSide& side) {
    nvme_auth::HostTransaction::Options options{.parties = {std::string(hostnqn), std::string(subnqn)},
                                                .algorithms = {},
                                                .secure_channel = side.secure_channel,
                                                .t_id = ++last_t_id};
    options.algorithms.dh_groups = {nvme_auth::DhGroup::Null, nvme_auth::DhGroup::Ffdhe2048};
    if (side.only_group) {
      options.algorithms.dh_groups = {*side.only_group};
    }
    const nvme_auth::DhchapKey host_key = key(side.host_key);
    std::optional<nvme_auth::DhchapKey> controller_key;
    if (!side.controller_key.empty()) {
      controller_key = key(side.controller_key);
    }
    auto made = nvme_auth::HostTransaction::create(std::move(options), host_key,
                                                   controller_key ? &*controller_key : nullptr, host_sequence);
    check(made.has_value(), "a host's transaction can be made");
    return std::move(*made);
  }
  // A whole transaction; how it ended for the host.
  nvme_auth::HostTransaction authenticate(Queue& queue, const HostSide& side = {}) {
    nvme_auth::HostTransaction host = host_side(side);
    while (!host.message().empty()) {
      last_sent.assign(host.message().begin(), host.message().end());
      EXPECT_TRUE(send(queue, last_sent).is_success());
      host.message_sent();
      if (host.state() != TransactionState::Running) {
        break;
      }
      const auto answer = receive(queue);
      if (!answer->command.status.is_success()) {
        break;
      }
      host.receive(answer->memory());
    }
    return host;
  }
  static Status identify(TestHost& host) { return host.identify(Cns::Controller).status; }

  nvme_auth::SequenceNumber host_sequence;
  nvme_auth::Message last_sent;
  uint16_t last_t_id = 0;
};

TEST_F(AuthenticationTest, S8_13_2_nothing_but_authentication_before_it) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  EXPECT_EQ(host.admin_connection().outcome.result >> 16U, connect_atr >> 16U);
  EXPECT_FALSE(host.queue().is_ready());
  EXPECT_FALSE(subsystem->controllers()[0].is_authenticated);
  const Status wanted = Status::final(StatusCode::AuthenticationRequired);
  EXPECT_EQ(identify(host).code(), wanted.code());
  EXPECT_EQ(host.set_property(Property::Cc, 0x0046'0001).status.code(), wanted.code());
  host.get_property(Property::Cap);
  EXPECT_EQ(host.last->code(), wanted.code());
  EXPECT_EQ(host.get_log(LogPage::ErrorInformation, 64).status.code(), wanted.code());
  EXPECT_EQ(host.set_feature(0x07, 0).status.code(), wanted.code());
  EXPECT_FALSE(host.connect_io(1).outcome.status.is_success());

  EXPECT_EQ(authenticate(host.queue()).state(), TransactionState::Authenticated);
  EXPECT_TRUE(host.queue().is_ready());
  EXPECT_TRUE(subsystem->controllers()[0].is_authenticated);
  host.set_property(Property::Cc, 0x0046'0001);
  EXPECT_TRUE(identify(host).is_success());
}

TEST_F(AuthenticationTest, each_io_queue_authenticates) {
  agree({.controller_key = key_2});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  ASSERT_EQ(authenticate(host.queue(), {.controller_key = key_2}).state(), TransactionState::Authenticated);
  host.set_property(Property::Cc, 0x0046'0001);
  Connection io(world);
  ConnectOutcome outcome = connect_io(host, io);
  ASSERT_TRUE(outcome.status.is_success());
  EXPECT_EQ(outcome.result, host.cntlid | connect_atr);
  EXPECT_FALSE(outcome.queue->is_ready());
  TestCommand read(512);
  read.command.sqe = TestHost::admin(static_cast<AdminOpcode>(0x02), 1);
  read.send(*outcome.queue);
  EXPECT_EQ(read.code(), StatusCode::AuthenticationRequired);
  // An I/O queue makes no PSK.
  EXPECT_EQ(authenticate(*outcome.queue, {.controller_key = key_2}).state(), TransactionState::Authenticated);
  EXPECT_TRUE(outcome.queue->is_ready());
  // Again on the live queue, now through the reactors.
  outcome.queue->home().post([&] { outcome.queue->attach(); });
  world.settle();
  std::unique_ptr<TestCommand> live;
  const auto at_home = [&](const AuthenticationSqe& sqe, std::span<const std::byte> data) {
    live = std::make_unique<TestCommand>(static_cast<uint32_t>(uint32_t{sqe.length}));
    live->command.sqe = std::bit_cast<Sqe>(sqe);
    std::ranges::copy(data, live->memory().begin());
    outcome.queue->home().post([&] { live->send(*outcome.queue); });
    world.settle();
    EXPECT_TRUE(live->is_done);
    return live->command.status;
  };
  nvme_auth::HostTransaction wrong = host_side({.host_key = key_2});
  EXPECT_TRUE(
      at_home(command_of(FabricsType::AuthenticationSend, wrong.message().size()), wrong.message()).is_success());
  wrong.message_sent();
  EXPECT_TRUE(at_home(command_of(FabricsType::AuthenticationReceive, 2048), {}).is_success());
  wrong.receive(live->memory());
  EXPECT_TRUE(
      at_home(command_of(FabricsType::AuthenticationSend, wrong.message().size()), wrong.message()).is_success());
  wrong.message_sent();
  EXPECT_EQ(io.disconnect_count, 0U) << "it has not been told why";
  EXPECT_TRUE(at_home(command_of(FabricsType::AuthenticationReceive, 2048), {}).is_success());
  wrong.receive(live->memory());
  EXPECT_EQ(wrong.state(), TransactionState::Failed);
  EXPECT_EQ(io.disconnect_count, 1U) << "the association is over";
  EXPECT_FALSE(host.admin_connection().is_open());
  outcome.queue->home().post([&] { outcome.queue->detach(); });
  world.settle();
  outcome.queue->closed();
  EXPECT_TRUE(subsystem->controllers().empty());
}

// Until then the queue is the control reactor's, and nobody else may look at it.
TEST_F(AuthenticationTest, S5_1_abort_for_a_queue_that_authenticates_stays_on_the_control_reactor) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  ASSERT_EQ(authenticate(host.queue()).state(), TransactionState::Authenticated);
  host.set_property(Property::Cc, 0x0046'0001);
  Connection io(world);
  const ConnectOutcome outcome = connect_io(host, io);
  ASSERT_TRUE(outcome.status.is_success());
  ASSERT_FALSE(outcome.queue->is_ready());
  TestCommand abort;
  abort.command.sqe = TestHost::admin(AdminOpcode::Abort, 0, 1U | 0x7777U << 16U);
  abort.send(host.queue());
  EXPECT_TRUE(abort.is_done) << "no other core was asked";
  EXPECT_EQ(abort.command.result, 1U) << "not aborted";
  world.settle();
  outcome.queue->closed();
}

TEST_F(AuthenticationTest, failure_is_told_and_ends_the_association) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  const nvme_auth::HostTransaction failed = authenticate(host.queue(), {.host_key = key_2});
  EXPECT_EQ(failed.state(), TransactionState::Failed);
  EXPECT_EQ(failed.failure(), static_cast<uint8_t>(Explanation::AuthenticationFailed));
  EXPECT_FALSE(host.admin_connection().is_open());
  EXPECT_TRUE(subsystem->controllers().empty());
}

TEST_F(AuthenticationTest, a_host_that_does_not_fetch_why_goes_all_the_same) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  EXPECT_TRUE(send(host.queue(), std::vector<std::byte>(64, std::byte{0xFF})).is_success());
  EXPECT_EQ(send(host.queue(), std::vector<std::byte>(64)).code(), StatusCode::CommandSequenceError);
  EXPECT_TRUE(host.admin_connection().is_open());
  world.run_for_ms(authentication_ms_max + 1);
  EXPECT_FALSE(host.admin_connection().is_open());
}

TEST_F(AuthenticationTest, an_unfinished_transaction_is_timed_out) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  const nvme_auth::HostTransaction begun = host_side({});
  EXPECT_TRUE(send(host.queue(), begun.message()).is_success());
  world.run_for_ms(authentication_ms_max - 1);
  EXPECT_TRUE(host.admin_connection().is_open());
  world.run_for_ms(2);
  EXPECT_FALSE(host.admin_connection().is_open());
}

TEST_F(AuthenticationTest, commands_that_are_malformed_or_out_of_order) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  Queue& queue = host.queue();
  EXPECT_EQ(receive(queue)->code(), StatusCode::CommandSequenceError) << "there is nothing to say";
  const auto with = [&](auto change) {
    AuthenticationSqe sqe = command_of(FabricsType::AuthenticationReceive, 64);
    change(sqe);
    return run(queue, sqe)->code();
  };
  EXPECT_EQ(with([](AuthenticationSqe& sqe) { sqe.secp = 0; }), StatusCode::InvalidField);
  EXPECT_EQ(with([](AuthenticationSqe& sqe) { sqe.spsp0 = 0; }), StatusCode::InvalidField);
  EXPECT_EQ(with([](AuthenticationSqe& sqe) { sqe.spsp1 = 2; }), StatusCode::InvalidField);
  EXPECT_EQ(with([](AuthenticationSqe& sqe) { sqe.length = 0; }), StatusCode::InvalidField);
  EXPECT_EQ(with([](AuthenticationSqe& sqe) { sqe.length = 4096; }), StatusCode::CommandSequenceError);
  EXPECT_EQ(with([](AuthenticationSqe& sqe) { sqe.length = 4097; }), StatusCode::InvalidField);
  EXPECT_EQ(send(queue, std::vector<std::byte>(4097)).code(), StatusCode::InvalidField);
  nvme_auth::HostTransaction side = host_side({});
  EXPECT_TRUE(send(queue, side.message()).is_success());
  side.message_sent();
  EXPECT_EQ(receive(queue, 8)->code(), StatusCode::InvalidField) << "too short for the message, which stays";
  const auto challenge = receive(queue);
  ASSERT_TRUE(challenge->command.status.is_success());
  EXPECT_EQ(receive(queue)->code(), StatusCode::CommandSequenceError) << "it is the host's turn";
  side.receive(challenge->memory());
  EXPECT_TRUE(send(queue, side.message()).is_success());
  side.message_sent();
  side.receive(receive(queue)->memory());
  EXPECT_EQ(side.state(), TransactionState::Authenticated);
}

// A stranger gets no buffers for more than a message can need.
TEST_F(AuthenticationTest, a_message_that_is_too_long_is_refused) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  EXPECT_EQ(send(host.queue(), std::vector<std::byte>(100'000)).code(), StatusCode::InvalidField);
  nvme_auth::HostTransaction side = host_side({});
  EXPECT_TRUE(send(host.queue(), side.message()).is_success());
}

TEST_F(AuthenticationTest, a_replayed_answer_does_not_count) {
  agree({});
  nvme_auth::Message reply;
  {
    TestHost host(world, port);
    ASSERT_TRUE(host.connect().status.is_success());
    ASSERT_EQ(authenticate(host.queue()).state(), TransactionState::Authenticated);
    reply = last_sent;
  }
  --last_t_id;  // even with the same identifier
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  const nvme_auth::HostTransaction side = host_side({});
  EXPECT_TRUE(send(host.queue(), side.message()).is_success());
  EXPECT_TRUE(receive(host.queue())->command.status.is_success());
  EXPECT_TRUE(send(host.queue(), reply).is_success());
  const auto answer = receive(host.queue());
  EXPECT_EQ(answer->data<uint8_t>(1), static_cast<uint8_t>(nvme_auth::MessageId::Failure1));
  EXPECT_FALSE(host.admin_connection().is_open());
}

TEST_F(AuthenticationTest, keys_change_for_the_next_authentication) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  ASSERT_EQ(authenticate(host.queue()).state(), TransactionState::Authenticated);
  host.set_property(Property::Cc, 0x0046'0001);
  agree({.host_key = key_2});
  EXPECT_TRUE(identify(host).is_success()) << "what was proven stays";
  EXPECT_EQ(authenticate(host.queue(), {.host_key = key_2}).state(), TransactionState::Authenticated);
  EXPECT_TRUE(identify(host).is_success());
  EXPECT_EQ(authenticate(host.queue()).state(), TransactionState::Failed) << "the old key";
  EXPECT_FALSE(host.admin_connection().is_open());
  // Without a key there is nothing to prove, and whoever tries learns nothing.
  ASSERT_TRUE(subsystem->allow_host({.nqn = std::string(hostnqn)}).has_value());
  TestHost again(world, port);
  ASSERT_TRUE(again.connect().status.is_success());
  EXPECT_EQ(again.admin_connection().outcome.result >> 16U, 0U);
  EXPECT_TRUE(again.queue().is_ready());
  EXPECT_EQ(authenticate(again.queue(), {.host_key = key_2}).state(), TransactionState::Failed);
  EXPECT_FALSE(again.admin_connection().is_open());
}

TEST_F(AuthenticationTest, a_host_waits_for_its_turn_and_is_not_refused) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  keep_busy();
  nvme_auth::HostTransaction side = host_side({});
  const size_t bytes = side.message().size();
  const AuthenticationSqe sending = command_of(FabricsType::AuthenticationSend, bytes);
  TestCommand waiting(static_cast<uint32_t>(bytes));
  start(waiting, host.queue(), sending, side.message());
  EXPECT_FALSE(waiting.is_done);
  // It sends one after the other.
  TestCommand second(static_cast<uint32_t>(bytes));
  start(second, host.queue(), sending, side.message());
  ASSERT_TRUE(second.is_done);
  EXPECT_EQ(second.command.status.code(), StatusCode::CommandSequenceError);
  world.run_for_ms(authentication_rest_factor);
  ASSERT_TRUE(waiting.is_done);
  EXPECT_TRUE(waiting.command.status.is_success());
  EXPECT_TRUE(receive(host.queue())->command.status.is_success()) << "the challenge";
}

TEST_F(AuthenticationTest, a_host_that_goes_while_it_waits_leaves_nothing) {
  agree({});
  auto host = std::make_unique<TestHost>(world, port);
  ASSERT_TRUE(host->connect().status.is_success());
  keep_busy();
  const nvme_auth::HostTransaction side = host_side({});
  TestCommand waiting(static_cast<uint32_t>(side.message().size()));
  start(waiting, host->queue(), command_of(FabricsType::AuthenticationSend, side.message().size()), side.message());
  EXPECT_FALSE(waiting.is_done);
  ASSERT_TRUE(subsystem->forbid_host(hostnqn).has_value());
  world.settle();
  ASSERT_TRUE(waiting.is_done) << "its turn is not waited for, and nothing is computed";
  EXPECT_EQ(waiting.command.status.code(), StatusCode::AbortRequested);
  EXPECT_EQ(world.directory().authentication_turns().waiting(), 0U);
}

TEST_F(AuthenticationTest, an_io_queue_that_goes_while_it_waits_leaves_nothing) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  ASSERT_EQ(authenticate(host.queue()).state(), TransactionState::Authenticated);
  host.set_property(Property::Cc, 0x0046'0001);
  Connection io(world);
  const ConnectOutcome outcome = connect_io(host, io);
  ASSERT_TRUE(outcome.status.is_success());
  world.run_for_ms(1000);
  keep_busy();
  const nvme_auth::HostTransaction side = host_side({});
  TestCommand waiting(static_cast<uint32_t>(side.message().size()));
  start(waiting, *outcome.queue, command_of(FabricsType::AuthenticationSend, side.message().size()), side.message());
  ASSERT_FALSE(waiting.is_done);
  EXPECT_EQ(world.directory().authentication_turns().waiting(), 1U);
  outcome.queue->expedite();
  ASSERT_TRUE(waiting.is_done);
  EXPECT_EQ(waiting.command.status.code(), StatusCode::AbortRequested);
  EXPECT_EQ(world.directory().authentication_turns().waiting(), 0U);
  outcome.queue->closed();
}

TEST_F(AuthenticationTest, what_is_asked_anew_ends_who_has_not_shown_it) {
  agree({.host_key = ""});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  agree({.requires_authentication = false});
  world.settle();
  EXPECT_TRUE(host.admin_connection().is_open());
  agree({});
  world.settle();
  EXPECT_FALSE(host.admin_connection().is_open()) << "it must authenticate, and has not";
  TestHost proven(world, port);
  ASSERT_TRUE(proven.connect().status.is_success());
  ASSERT_EQ(authenticate(proven.queue()).state(), TransactionState::Authenticated);
  proven.set_property(Property::Cc, 0x0046'0001);
  agree({.host_key = key_2});
  world.settle();
  EXPECT_TRUE(proven.admin_connection().is_open()) << "another key is for the next time";
  agree({.requires_tls = true});
  world.settle();
  EXPECT_TRUE(proven.admin_connection().is_open()) << "an admin queue that may make a PSK";
  const auto psk = nvme_auth::ConfiguredPsk::generate(nvme_auth::HashId::Sha256);
  agree({.requires_tls = true, .psk = &*psk, .may_concatenate = false});
  world.settle();
  EXPECT_FALSE(proven.admin_connection().is_open()) << "it came in the clear";
}

TEST_F(AuthenticationTest, what_is_in_the_clear_ends_where_the_port_requires_tls) {
  agree({.host_key = ""});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  Port other = port;
  other.requires_tls = true;
  subsystem->port_changed(other);
  world.settle();
  EXPECT_TRUE(host.admin_connection().is_open()) << "not where it is";
  port.requires_tls = true;
  subsystem->port_changed(port);
  world.settle();
  EXPECT_FALSE(host.admin_connection().is_open());
  TestHost again(world, port);
  EXPECT_FALSE(again.connect().status.is_success());
  port.requires_tls = false;
}

TEST_F(AuthenticationTest, a_host_may_authenticate_where_it_need_not) {
  agree({.requires_authentication = false});
  TestHost host(world, port);
  host.start();
  EXPECT_FALSE(subsystem->controllers()[0].is_authenticated);
  EXPECT_EQ(authenticate(host.queue()).state(), TransactionState::Authenticated);
  EXPECT_TRUE(subsystem->controllers()[0].is_authenticated);
}

TEST_F(AuthenticationTest, what_cannot_be_asked_is_refused) {
  const auto refused = [&](const Keys& keys) {
    return !subsystem->allow_host({.nqn = std::string(hostnqn), .security = security_of(keys)}).has_value();
  };
  EXPECT_TRUE(refused({.host_key = "", .controller_key = key_2}));
  EXPECT_TRUE(refused({.host_key = "", .requires_tls = true}));
  EXPECT_FALSE(refused({.requires_tls = true}));
  EXPECT_TRUE(refused({.requires_tls = true, .may_concatenate = false}));
}

// -- TLS

class TlsHostTest : public AuthenticationTest {
 protected:
  // What a handshake with this identity finds; empty: no key.
  std::string fingerprint_of(const std::string& identity) {
    const auto psk = world.directory().find_psk(identity);
    return psk.has_value() ? nvme_auth::fingerprint_of(*psk) : std::string();
  }
  ConnectOutcome connect(Connection& connection, TestHost& host, const std::string& identity) {
    return connect(connection, host, identity, fingerprint_of(identity));
  }
  // A Connect through TLS.
  ConnectOutcome connect(Connection& connection, TestHost& host, const std::string& identity,
                         const std::string& fingerprint) {
    return connection.connect({.sqe = host.sqe,
                               .data = host.data,
                               .port = port,
                               .peer = "192.0.2.9",
                               .tls_identity = identity,
                               .link = connection,
                               .tls_fingerprint = fingerprint});
  }
  static std::string identity_of(const nvme_auth::ConfiguredPsk& psk, std::string_view host = hostnqn,
                                 std::string_view system = subnqn,
                                 nvme_auth::PskVersion version = nvme_auth::PskVersion::V1) {
    auto made = nvme_auth::derive_tls_psk(psk.retained(host), version, host, system);
    check(made.has_value(), "a PSK can be derived");
    return made->identity;
  }
  static nvme_auth::ConfiguredPsk make_psk() {
    auto made = nvme_auth::ConfiguredPsk::generate(nvme_auth::HashId::Sha256);
    check(made.has_value(), "a PSK can be made");
    return std::move(*made);
  }
  // By secure channel concatenation, of a host that is connected; nothing: it did not authenticate.
  std::optional<nvme_auth::TlsPsk> generate_psk(TestHost& host) {
    nvme_auth::HostTransaction side = authenticate(host.queue(), {.secure_channel = nvme_auth::SecureChannel::NewTlsPsk,
                                                                  .only_group = nvme_auth::DhGroup::Ffdhe2048});
    EXPECT_EQ(side.state(), TransactionState::Authenticated);
    const auto psk = side.take_generated_psk();
    if (!psk.has_value()) {
      return std::nullopt;
    }
    auto derived = nvme_auth::derive_tls_psk(*psk, nvme_auth::PskVersion::V1, hostnqn, subnqn);
    check(derived.has_value(), "a PSK can be derived");
    return std::move(*derived);
  }
};

TEST_F(TlsHostTest, psks_are_found_by_identity) {
  const nvme_auth::ConfiguredPsk psk = make_psk();
  agree({.host_key = "", .requires_tls = true, .psk = &psk});
  for (const auto derivation : {nvme_auth::Derivation::Rfc8446, nvme_auth::Derivation::LibnvmeCompatible}) {
    const auto wanted = nvme_auth::derive_tls_psk(psk.retained(hostnqn, derivation), nvme_auth::PskVersion::V1, hostnqn,
                                                  subnqn, derivation);
    const auto found = world.directory().find_psk(wanted->identity);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->key.equals(wanted->key.bytes()));
  }
  const auto& derived = subsystem->security_of(hostnqn)->derived_psks;
  EXPECT_EQ(derived.derived(), 2U) << "once, in the two ways that there are";
  EXPECT_TRUE(world.directory().find_psk(identity_of(psk) + '\0').has_value());
  EXPECT_TRUE(world.directory().find_psk(identity_of(psk, hostnqn, discovery_nqn)).has_value());
  EXPECT_FALSE(world.directory().find_psk(identity_of(make_psk())).has_value()) << "another key";
  EXPECT_EQ(derived.derived(), 4U) << "for discovery, and nothing for identities that are wrong";
  EXPECT_FALSE(world.directory().find_psk(identity_of(psk, "nqn.2014-08.org.nvmexpress:uuid:host2")).has_value());
  EXPECT_FALSE(world.directory().find_psk(identity_of(psk, hostnqn, "nqn.2026-11.example:other")).has_value());
  EXPECT_FALSE(world.directory().find_psk("").has_value());
  EXPECT_FALSE(world.directory().find_psk(std::string(5000, 'x')).has_value());
  ASSERT_TRUE(subsystem->forbid_host(hostnqn).has_value());
  EXPECT_FALSE(world.directory().find_psk(identity_of(psk)).has_value());
}

TEST_F(TlsHostTest, the_identity_belongs_to_who_connects) {
  const nvme_auth::ConfiguredPsk psk = make_psk();
  agree({.host_key = "", .requires_tls = true, .psk = &psk});
  TestHost host(world, port);
  Connection connection(world);
  for (const std::string& identity :
       {identity_of(psk, "nqn.2014-08.org.nvmexpress:uuid:host2"), identity_of(psk, hostnqn, discovery_nqn),
        std::string("nonsense"), std::string()}) {
    EXPECT_EQ(connect(connection, host, identity).status.code(), StatusCode::ConnectInvalidHost) << identity;
  }
  connect(connection, host, identity_of(psk));
  EXPECT_TRUE(connection.is_open());
  EXPECT_EQ(connection.outcome.result >> 16U, 0U);
  EXPECT_TRUE(subsystem->controllers()[0].is_secure);
  EXPECT_FALSE(subsystem->controllers()[0].is_authenticated);
  connection.close();
}

TEST_F(TlsHostTest, a_key_that_was_taken_away_after_the_handshake_lets_nobody_in) {
  const nvme_auth::ConfiguredPsk psk = make_psk();
  const nvme_auth::ConfiguredPsk another = make_psk();
  agree({.host_key = "", .psk = &psk});
  TestHost host(world, port);
  Connection connection(world);
  agree({.host_key = "", .psk = &another});
  EXPECT_EQ(connect(connection, host, identity_of(psk)).status.code(), StatusCode::ConnectInvalidHost);
  agree({.host_key = ""});
  EXPECT_EQ(connect(connection, host, identity_of(psk)).status.code(), StatusCode::ConnectInvalidHost);
  agree({.host_key = "", .psk = &psk});
  EXPECT_TRUE(connect(connection, host, identity_of(psk)).status.is_success());
  connection.close();
}

// Its identity is the same for every key.
TEST_F(TlsHostTest, a_key_of_version_0_that_was_changed_after_the_handshake_lets_nobody_in) {
  const nvme_auth::ConfiguredPsk psk = make_psk();
  const nvme_auth::ConfiguredPsk another = make_psk();
  const std::string identity = identity_of(psk, hostnqn, subnqn, nvme_auth::PskVersion::V0);
  ASSERT_EQ(identity, identity_of(another, hostnqn, subnqn, nvme_auth::PskVersion::V0));
  agree({.host_key = "", .psk = &psk});
  const std::string fingerprint = fingerprint_of(identity);
  ASSERT_NE(fingerprint, "");
  TestHost host(world, port);
  Connection connection(world);
  agree({.host_key = "", .psk = &another});
  EXPECT_EQ(connect(connection, host, identity, fingerprint).status.code(), StatusCode::ConnectInvalidHost);
  EXPECT_EQ(connect(connection, host, identity, "").status.code(), StatusCode::ConnectInvalidHost);
  agree({.host_key = "", .psk = &psk});
  EXPECT_TRUE(connect(connection, host, identity, fingerprint).status.is_success());
  connection.close();
}

TEST_F(TlsHostTest, a_secure_channel_is_made_of_an_authentication) {
  agree({.requires_tls = true});
  std::string identity;
  {
    TestHost host(world, port);
    ASSERT_TRUE(host.connect().status.is_success());
    EXPECT_EQ(host.admin_connection().outcome.result >> 16U, (connect_atr | connect_ascr) >> 16U);
    EXPECT_EQ(authenticate(host.queue(), {.only_group = nvme_auth::DhGroup::Ffdhe2048}).failure(),
              static_cast<uint8_t>(Explanation::ConcatenationMismatch));
  }
  {
    TestHost host(world, port);
    ASSERT_TRUE(host.connect().status.is_success());
    const auto wanted = generate_psk(host);
    ASSERT_TRUE(wanted.has_value());
    const auto found = world.directory().find_psk(wanted->identity);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->key.equals(wanted->key.bytes()));
    identity = wanted->identity;
    // I/O comes through TLS only.
    host.set_property(Property::Cc, 0x0046'0001);
    EXPECT_EQ(host.connect_io(1).outcome.status.code(), StatusCode::ConnectInvalidHost);
  }
  TestHost host(world, port);
  Connection secure(world);
  connect(secure, host, identity);
  ASSERT_TRUE(secure.is_open());
  EXPECT_EQ(secure.outcome.result >> 16U, 0U) << "the PSK is proof enough";
  EXPECT_TRUE(subsystem->controllers()[0].is_authenticated && subsystem->controllers()[0].is_secure);
  secure.close();
  world.run_for_ms(nvme_auth::generated_psk_lifetime_ms);
  EXPECT_FALSE(world.directory().find_psk(identity).has_value()) << "not for ever";
}

// Each path makes a PSK, and all of them are used when the last is made; and once more when all come back.
TEST_F(TlsHostTest, all_paths_of_a_host_have_a_generated_psk) {
  agree({.requires_tls = true});
  constexpr size_t paths = 15;
  std::vector<std::string> identities;
  for (size_t i = 0; i < 2 * paths; ++i) {
    TestHost host(world, port);
    ASSERT_TRUE(host.connect().status.is_success());
    const auto made = generate_psk(host);
    ASSERT_TRUE(made.has_value());
    identities.push_back(made->identity);
  }
  for (const std::string& identity : identities) {
    TestHost host(world, port);
    Connection secure(world);
    EXPECT_TRUE(connect(secure, host, identity).status.is_success()) << identity;
    secure.close();
  }
}

TEST_F(TlsHostTest, other_keys_make_generated_psks_worthless) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  const auto made = generate_psk(host);
  ASSERT_TRUE(made.has_value());
  EXPECT_TRUE(world.directory().find_psk(made->identity).has_value());
  agree({.host_key = key_2});
  EXPECT_FALSE(world.directory().find_psk(made->identity).has_value());
}

// A change of hosts that cannot be settled is undone.
TEST_F(TlsHostTest, generated_psks_come_back_with_their_keys_until_the_change_is_settled) {
  agree({});
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  const auto made = generate_psk(host);
  ASSERT_TRUE(made.has_value());
  const auto is_known = [&] { return world.directory().find_psk(made->identity).has_value(); };
  const std::shared_ptr<const HostSecurity> before = subsystem->security_of(hostnqn);
  agree({.host_key = key_2});
  EXPECT_FALSE(is_known());
  ASSERT_TRUE(subsystem->allow_host({.nqn = std::string(hostnqn), .security = before}).has_value());
  EXPECT_TRUE(is_known());
  ASSERT_TRUE(subsystem->forbid_host(hostnqn).has_value());
  EXPECT_FALSE(is_known());
  ASSERT_TRUE(subsystem->allow_host({.nqn = std::string(hostnqn), .security = before}).has_value());
  EXPECT_TRUE(is_known());
  const uint64_t count_before = subsystem->withdrawal_count();
  ASSERT_TRUE(subsystem->forbid_host(hostnqn).has_value());
  ASSERT_TRUE(world.wait(subsystem->settle(count_before)).has_value());
  ASSERT_TRUE(subsystem->allow_host({.nqn = std::string(hostnqn), .security = before}).has_value());
  EXPECT_FALSE(is_known());
}

TEST(GeneratedPsks, are_as_many_as_their_limits_say) {
  GeneratedPsks psks;
  const auto add = [&](size_t number, const std::string& host) {
    psks.add({.identity = std::to_string(number), .hash = nvme_auth::HashId::Sha256, .key = Secret::zeroes(32)}, host,
             "s", number);
  };
  for (size_t i = 0; i <= static_cast<size_t>(generated_psks_per_host_max); ++i) {
    add(i, "h");
  }
  EXPECT_EQ(psks.size(), static_cast<size_t>(generated_psks_per_host_max));
  EXPECT_FALSE(psks.find("0", 0).has_value());
  EXPECT_TRUE(psks.find("1", 0).has_value());
  for (size_t i = 100; i < 100 + generated_psks_max; ++i) {
    add(i, std::to_string(i));
  }
  EXPECT_EQ(psks.size(), generated_psks_max);
  EXPECT_FALSE(psks.find("1", 0).has_value());
  psks.forget({}, "s");
  EXPECT_EQ(psks.size(), 0U);
}

}  // namespace
}  // namespace outrigger::nvme
