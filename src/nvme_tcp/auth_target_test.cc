// In-band authentication of real queues over TCP: the admin queue, an I/O queue on its way to its data core, and again
// when it is there.
#include "nvme/host_security.h"
#include "nvme/subsystem.h"
#include "nvme_auth/host_transaction.h"
#include "nvme_tcp/directory_desk.h"
#include "nvme_tcp/target.h"
#include "nvme_tcp/test_host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <bit>
#include <cerrno>
#include <functional>

namespace outrigger::nvme_tcp {
namespace {

using nvme_auth::TransactionState;

constexpr std::string_view hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host1";
constexpr std::string_view subnqn = "nqn.2026-11.example:disks";
constexpr std::string_view right_key = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:";
constexpr std::string_view wrong_key = "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:";

nvme_auth::DhchapKey key(std::string_view text) {
  auto parsed = nvme_auth::DhchapKey::parse(text);
  check(parsed.has_value(), "a test's key is one");
  return std::move(*parsed);
}

class AuthTargetTest : public ::testing::Test {
 protected:
  AuthTargetTest()
      : control_(make("control")), data_(make("data")), data_cores_{data_.get()}, groups_(*control_, data_cores_) {
    turn();
    directory_ = std::make_unique<nvme::Directory>(*control_, data_cores_);
    desk_ = std::make_unique<DirectoryDesk>(*directory_);
    auto target = Target::listen(groups_, *desk_, {.keys = desk_.get(), .connection = {}});
    check(target.has_value(), "a target listens");
    target_ = std::move(*target);
    nvme::SubsystemOptions options;
    options.nqn = subnqn;
    options.allows_any_host = false;
    auto subsystem = nvme::Subsystem::create(*directory_, options);
    check(subsystem.has_value(), "a subsystem");
    subsystem_ = std::move(*subsystem);
    subsystem_->expose_at(target_->port());
    auto security = std::make_shared<nvme::HostSecurity>();
    security->host_key = key(right_key);
    check(subsystem_->allow_host({.nqn = std::string(hostnqn), .security = std::move(security)}).has_value(), "a host");
  }
  ~AuthTargetTest() override {
    bool is_closed = false;
    core::spawn(close_all(this, &is_closed));
    EXPECT_TRUE(turn_until([&] { return is_closed; }));
    subsystem_.reset();
    target_.reset();
    directory_.reset();
  }
  static core::Job<void> close_all(AuthTargetTest* test, bool* is_closed) {
    auto closing = test->target_->close();
    co_await closing;
    auto ending = test->subsystem_->close();
    co_await ending;
    *is_closed = true;
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
  std::unique_ptr<Stream> open() {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target_->tcp_port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::fcntl(socket.get(), F_SETFL, O_NONBLOCK), 0);
    auto stream = std::make_unique<PlainStream>(std::move(socket));
    say(*stream, Script().icreq());
    EXPECT_EQ(hear(*stream, 128).size(), 128U);
    return stream;
  }
  static void say(Stream& host, const Bytes& bytes) {
    const iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
    EXPECT_EQ(host.write(&piece, 1), static_cast<ssize_t>(bytes.size()));
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
  nvme::Cqe response(Stream& host) {
    const Bytes heard = hear(host, sizeof(CapsuleResp));
    CapsuleResp capsule;
    EXPECT_EQ(heard.size(), sizeof(capsule));
    std::memcpy(static_cast<void*>(&capsule), heard.data(), heard.size());
    return capsule.cqe;
  }
  static unsigned code(const nvme::Cqe& cqe) { return (cqe.status >> 1U) & 0x7FFU; }
  nvme::Cqe connect(Stream& host, uint16_t qid, uint16_t cntlid) {
    nvme::ConnectSqe sqe;
    sqe.qid = qid;
    sqe.sqsize = 31;
    sqe.sgl.length = 1024U;
    sqe.sgl.type = static_cast<uint8_t>(nvme::SglType::DataBlockOffset);
    nvme::ConnectData data;
    data.hostid[0] = 1;
    data.cntlid = cntlid;
    std::ranges::copy(subnqn, data.subnqn);
    std::ranges::copy(hostnqn, data.hostnqn);
    Bytes bytes;
    Script::put(bytes, &data, sizeof(data));
    say(host, Script().capsule(std::bit_cast<nvme::Sqe>(sqe), bytes));
    return response(host);
  }
  nvme::Cqe send(Stream& host, std::span<const std::byte> message) {
    nvme::AuthenticationSqe sqe = authentication(0x05, message.size());
    sqe.sgl.type = static_cast<uint8_t>(nvme::SglType::DataBlockOffset);
    say(host, Script().capsule(std::bit_cast<nvme::Sqe>(sqe), Bytes(message.begin(), message.end())));
    return response(host);
  }
  Bytes receive(Stream& host) {
    nvme::AuthenticationSqe sqe = authentication(0x06, 2048);
    sqe.sgl.type = static_cast<uint8_t>(nvme::SglType::TransportDataBlock);
    say(host, Script().capsule(std::bit_cast<nvme::Sqe>(sqe)));
    Bytes heard = hear(host, sizeof(DataPdu) + 2048);
    heard.erase(heard.begin(), heard.begin() + static_cast<std::ptrdiff_t>(std::min(heard.size(), sizeof(DataPdu))));
    EXPECT_EQ(code(response(host)), 0U);
    return heard;
  }
  static nvme::AuthenticationSqe authentication(uint8_t fctype, size_t length) {
    nvme::AuthenticationSqe sqe;
    sqe.fctype = fctype;
    sqe.spsp0 = sqe.spsp1 = 1;
    sqe.secp = 0xE9;
    sqe.length = sqe.sgl.length = static_cast<uint32_t>(length);
    return sqe;
  }
  TransactionState authenticate(Stream& stream, std::string_view host_key) {
    const nvme_auth::DhchapKey parsed = key(host_key);
    nvme_auth::HostTransaction::Options options{
        .parties = {std::string(hostnqn), std::string(subnqn)}, .algorithms = {}, .t_id = ++last_t_id_};
    auto host = nvme_auth::HostTransaction::create(std::move(options), parsed, nullptr, sequence_);
    check(host.has_value(), "a host's side");
    while (!host->message().empty() && host->state() == TransactionState::Running) {
      EXPECT_EQ(code(send(stream, host->message())), 0U);
      host->message_sent();
      host->receive(receive(stream));
    }
    return host->state();
  }
  unsigned flush(Stream& host) {
    say(host, Script().flush(7));
    return code(response(host));
  }

  core::ManualClock clock_;
  std::unique_ptr<core::Reactor> control_;
  std::unique_ptr<core::Reactor> data_;
  std::vector<core::Reactor*> data_cores_;
  GroupSet groups_;
  std::unique_ptr<nvme::Directory> directory_;
  std::unique_ptr<DirectoryDesk> desk_;
  std::unique_ptr<Target> target_;
  std::unique_ptr<nvme::Subsystem> subsystem_;
  nvme_auth::SequenceNumber sequence_;
  uint16_t last_t_id_ = 0;
};

TEST_F(AuthTargetTest, EveryQueueAuthenticatesAndFailureEndsAll) {
  const auto admin = open();
  const nvme::Cqe connected = connect(*admin, 0, 0xFFFF);
  ASSERT_EQ(code(connected), 0U);
  const auto result = static_cast<uint32_t>(uint64_t{connected.result});
  EXPECT_EQ(result & 0xFFFF'0000U, nvme::connect_atr);
  const auto cntlid = static_cast<uint16_t>(result);
  ASSERT_EQ(authenticate(*admin, right_key), TransactionState::Authenticated);
  nvme::PropertySqe set;
  set.offset = static_cast<uint32_t>(nvme::Property::Cc);
  set.value = 0x0046'0001U;
  say(*admin, Script().capsule(std::bit_cast<nvme::Sqe>(set)));
  EXPECT_EQ(code(response(*admin)), 0U);

  const auto io = open();
  ASSERT_EQ(code(connect(*io, 1, cntlid)), 0U);
  EXPECT_EQ(flush(*io), 0x191U);
  ASSERT_EQ(authenticate(*io, right_key), TransactionState::Authenticated);
  EXPECT_EQ(flush(*io), 0x00BU) << "no such namespace: it is at home";
  ASSERT_EQ(authenticate(*io, right_key), TransactionState::Authenticated) << "again";
  EXPECT_EQ(flush(*io), 0x00BU);
  EXPECT_EQ(subsystem_->controllers()[0].io_queue_count, 1U);
  EXPECT_EQ(authenticate(*io, wrong_key), TransactionState::Failed) << "it was told";
  EXPECT_TRUE(hear(*io, 1).empty());
  EXPECT_TRUE(hear(*admin, 1).empty());
  EXPECT_TRUE(turn_until([&] { return subsystem_->controllers().empty(); }));
}

TEST_F(AuthTargetTest, WhoDoesNotAuthenticateGoes) {
  const auto admin = open();
  ASSERT_EQ(code(connect(*admin, 0, 0xFFFF)), 0U);
  clock_.advance(authentication_ns_max + 1);
  EXPECT_TRUE(hear(*admin, 1).empty());
}

}  // namespace
}  // namespace outrigger::nvme_tcp
