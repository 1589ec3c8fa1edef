// A target at a real loopback port: listening, refusing, closing.
#include "nvme_tcp/target.h"
#include "core/kept_job.h"
#include "nvme_tcp/test_host.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace outrigger::nvme_tcp {
namespace {

class TargetTest : public ::testing::Test {
 protected:
  TargetTest() {
    auto made = core::Reactor::create({.name = "control", .uring_entries = 0}, clock_);
    check(made.has_value(), "a reactor");
    control_ = std::move(*made);
    control_->run_turn();
    groups_ = std::make_unique<GroupSet>(*control_, std::span<core::Reactor* const>());
    desk_.queue = std::make_shared<FakeQueue>(*control_, 1U << 20);
  }
  ~TargetTest() override { close(); }

  void listen(TargetOptions options) {
    auto made = Target::listen(*groups_, desk_, std::move(options));
    ASSERT_TRUE(made.has_value()) << made.error().what;
    target_ = std::move(*made);
  }
  void close() {
    if (target_ != nullptr) {
      bool is_closed = false;
      core::spawn(core::keep(target_->close(), &is_closed));
      for (int i = 0; i < 10'000 && !is_closed; ++i) {
        control_->run_turn();
      }
      EXPECT_TRUE(is_closed);
      target_.reset();
    }
  }
  [[nodiscard]] UniqueFd connect() const {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target_->tcp_port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return socket;
  }
  // Turns the core until `bytes` came; fewer when the connection ended first.
  Bytes hear(const UniqueFd& socket, size_t bytes) {
    Bytes heard(bytes);
    size_t got = 0;
    for (int i = 0; i < 5'000'000 && got < bytes; ++i) {
      control_->run_turn();
      const ssize_t count = ::recv(socket.get(), heard.data() + got, bytes - got, MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno != EAGAIN)) {
        break;
      }
      got += count > 0 ? static_cast<size_t>(count) : 0;
    }
    heard.resize(got);
    return heard;
  }
  static void say(const UniqueFd& socket, const Bytes& bytes) {
    ASSERT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  core::ManualClock clock_;
  std::unique_ptr<core::Reactor> control_;
  std::unique_ptr<GroupSet> groups_;
  FakeDesk desk_;
  std::unique_ptr<Target> target_;
};

TEST_F(TargetTest, ServesOverRealSockets) {
  listen({});
  EXPECT_NE(target_->tcp_port(), 0);
  EXPECT_EQ(target_->port().trsvcid, std::to_string(target_->tcp_port()));
  const Script script;
  const UniqueFd socket = connect();
  say(socket, script.icreq());
  EXPECT_EQ(hear(socket, 128).size(), 128U);
  say(socket, script.connect());
  EXPECT_EQ(hear(socket, 24).size(), 24U);
  const Bytes data = pattern(4096, 3);
  say(socket, script.write(1, 8, data));
  EXPECT_EQ(hear(socket, 24).size(), 24U);
  say(socket, script.read(2, 8, 8));
  const Bytes answer = hear(socket, 24 + 4096 + 24);
  ASSERT_EQ(answer.size(), 24U + 4096 + 24);
  EXPECT_TRUE(std::equal(data.begin(), data.end(), answer.begin() + 24));
  close();
  EXPECT_EQ(desk_.queue->closed_count, 1);
  EXPECT_EQ(desk_.queue->detached_count, 1);
  EXPECT_TRUE(hear(socket, 1).empty());
}

TEST_F(TargetTest, TurnsAwayWhoIsTooMany) {
  desk_.new_queues_home = control_.get();
  listen({.connections_max = 40, .unready_per_peer_max = 30, .connection = {}});
  std::vector<UniqueFd> sockets;
  for (int i = 0; i < 100; ++i) {
    sockets.push_back(connect());
    control_->run_turn();
  }
  for (int i = 0; i < 50; ++i) {
    control_->run_turn();
  }
  EXPECT_EQ(target_->connection_count(), 30U);
  // Who is let in makes room for another stranger, up to the limit of all.
  const Script script;
  for (size_t i = 0; i < 20; ++i) {
    say(sockets[i], script.icreq());
    say(sockets[i], script.connect());
    EXPECT_EQ(hear(sockets[i], 128 + 24).size(), 152U) << i;
  }
  for (int i = 0; i < 100; ++i) {
    sockets.push_back(connect());
    control_->run_turn();
  }
  for (int i = 0; i < 50; ++i) {  // those that had to make room go
    control_->run_turn();
  }
  EXPECT_EQ(target_->connection_count(), 40U);
  sockets.clear();
  for (int i = 0; i < 500 && target_->connection_count() != 0; ++i) {
    control_->run_turn();
  }
  EXPECT_EQ(target_->connection_count(), 0U);
  const UniqueFd again = connect();
  say(again, script.icreq());
  EXPECT_EQ(hear(again, 128).size(), 128U);
}

// -- by way of accept(), from any address

class StrangersTest : public TargetTest {
 protected:
  // The host's end of a connection that was handed in.
  UniqueFd arrive(const std::string& address) {
    int ends[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0, "a socket pair");
    UniqueFd host(ends[0]);
    target_->accept(UniqueFd(ends[1]), address, 1);
    control_->run_turn();
    return host;
  }
  void turn(int count) {
    for (int i = 0; i < count; ++i) {
      control_->run_turn();
    }
  }
  void get_ready(const UniqueFd& socket) {
    say(socket, script_.icreq());
    say(socket, script_.connect());
    ASSERT_EQ(hear(socket, 128 + 24).size(), 152U);
  }
  static bool is_open(const UniqueFd& socket) {
    char byte = 0;
    return ::recv(socket.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
  }
  const Script script_;
};

TEST_F(StrangersTest, OneAddressHasItsShare) {
  desk_.new_queues_home = control_.get();
  listen({.connections_max = 40, .connections_per_peer_max = 10, .unready_per_peer_max = 5, .connection = {}});
  std::vector<UniqueFd> sockets;
  for (int i = 0; i < 10; ++i) {
    sockets.push_back(arrive("192.0.2.1"));
    get_ready(sockets.back());
  }
  EXPECT_FALSE(is_open(arrive("192.0.2.1")));
  EXPECT_EQ(target_->connection_count(), 10U);
  EXPECT_TRUE(is_open(arrive("192.0.2.2"))) << "another address";
  sockets.pop_back();
  turn(20);
  sockets.push_back(arrive("192.0.2.1"));
  EXPECT_TRUE(is_open(sockets.back())) << "one of its connections has gone";
}

// A volume does not answer: its host hangs up and comes again, and what it left is still there.
TEST_F(StrangersTest, WhatIsLeftOfAHostDoesNotKeepItOut) {
  desk_.new_queues_home = control_.get();
  desk_.keeps_new_queues = true;
  listen({.connections_max = 40,
          .connections_per_peer_max = 10,
          .unready_per_peer_max = 5,
          .ending_per_peer_max = 15,
          .connection = {}});
  std::vector<UniqueFd> sockets;
  const auto come_and_leave = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      sockets.push_back(arrive("192.0.2.1"));
      get_ready(sockets.back());
      desk_.new_queues.back()->is_lazy = true;
      say(sockets.back(), script_.flush(1));
      turn(20);
      ASSERT_EQ(desk_.new_queues.back()->pending.size(), 1U);
    }
    sockets.clear();
    turn(20);
  };
  come_and_leave(10);
  EXPECT_EQ(target_->connection_count(), 10U);
  come_and_leave(10);
  EXPECT_EQ(target_->connection_count(), 20U);
  come_and_leave(5);
  EXPECT_EQ(target_->connection_count(), 25U);
  EXPECT_FALSE(is_open(arrive("192.0.2.1"))) << "so many and no more";
  for (const auto& queue : desk_.new_queues) {
    queue->finish_pending(0);
  }
  turn(20);
  EXPECT_EQ(target_->connection_count(), 0U);
  EXPECT_TRUE(is_open(arrive("192.0.2.1")));
}

TEST_F(StrangersTest, WhoIsNotReadyMakesRoomWhenAllIsFull) {
  desk_.new_queues_home = control_.get();
  listen({.connections_max = 8, .unready_per_peer_max = 3, .connection = {}});
  const UniqueFd first = arrive("192.0.2.1");
  get_ready(first);
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 7; ++i) {
    silent.push_back(arrive("192.0.2." + std::to_string(10 + i)));
  }
  EXPECT_EQ(target_->connection_count(), 8U);
  const UniqueFd newcomer = arrive("192.0.2.2");
  get_ready(newcomer);
  turn(20);
  EXPECT_EQ(target_->connection_count(), 8U);
  EXPECT_FALSE(is_open(silent[0])) << "the oldest";
  EXPECT_TRUE(is_open(silent[1]));
  EXPECT_TRUE(is_open(first)) << "it was let in, and stays";
  // When all are ready, nobody has to go.
  for (int i = 1; i < 7; ++i) {
    get_ready(silent[static_cast<size_t>(i)]);
  }
  EXPECT_FALSE(is_open(arrive("192.0.2.3")));
  EXPECT_EQ(target_->connection_count(), 8U);
  EXPECT_TRUE(is_open(first) && is_open(newcomer) && is_open(silent[1]));
}

TEST_F(StrangersTest, TooManyAtOnceDoNotAllFindRoom) {
  listen({.connections_max = 100, .unready_per_peer_max = 2, .connection = {}});
  std::vector<UniqueFd> sockets;
  for (uint32_t i = 0; i < 1000; ++i) {  // no turn in between: nobody who was sent away can go
    int ends[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0, "a socket pair");
    sockets.emplace_back(ends[0]);
    target_->accept(UniqueFd(ends[1]), "192.0.2." + std::to_string(i), 1);
    ASSERT_LE(target_->connection_count(), 100U + displaced_max);
  }
  turn(200);
  EXPECT_EQ(target_->connection_count(), 100U);
}

// -- what all targets of a daemon take together

class AdmissionTest : public StrangersTest {
 protected:
  static constexpr uint16_t sqsize_max = nvme::queue_entries_max - 1;
  static uint64_t bytes_of_queue(uint32_t entries) { return connection_bytes + Connection::bytes_of_entries(entries); }
  ~AdmissionTest() override { close(); }
  // The status of a Connect; the Connect may come again on the same connection.
  uint16_t connect_status(const UniqueFd& socket, uint16_t sqsize) {
    say(socket, script_.connect(sqsize));
    const Bytes answer = hear(socket, sizeof(CapsuleResp));
    check(answer.size() == sizeof(CapsuleResp), "Connect is answered");
    CapsuleResp response;
    std::memcpy(&response, answer.data(), sizeof(response));
    return response.cqe.status;
  }
  UniqueFd arrive_and_greet(const std::string& address) {
    UniqueFd host = arrive(address);
    say(host, script_.icreq());
    EXPECT_EQ(hear(host, sizeof(ICResp)).size(), sizeof(ICResp)) << address;
    return host;
  }
  std::unique_ptr<Admission> admission_;
};

constexpr auto busy =
    static_cast<uint16_t>(nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy).bits() << 1U);

TEST_F(AdmissionTest, DiscoveryControllersLeaveRoomForHosts) {
  EXPECT_EQ(discovery_controllers_for(16U << 20), 16U);
  EXPECT_EQ(discovery_controllers_for(memory_bytes_max), uint32_t{nvme::discovery_controllers_max});
  EXPECT_EQ(discovery_controllers_for(UINT64_MAX), uint32_t{nvme::discovery_controllers_max});
  EXPECT_EQ(discovery_controllers_for(0), 1U) << "who asks us what there is has an answer";
}

TEST_F(AdmissionTest, QueuesHaveABudget) {
  const uint64_t of_one = bytes_of_queue(nvme::queue_entries_max);
  admission_ = std::make_unique<Admission>(AdmissionOptions{
      .memory_bytes_max = 8 * of_one, .memory_bytes_per_network_max = 3 * of_one + bytes_of_queue(32)});
  desk_.new_queues_home = control_.get();
  listen({.admission = admission_.get(), .connection = {}});
  std::vector<UniqueFd> sockets;
  for (int i = 0; i < 3; ++i) {
    sockets.push_back(arrive_and_greet("192.0.2.1"));
    EXPECT_EQ(connect_status(sockets.back(), sqsize_max), 0);
  }
  EXPECT_EQ(admission_->memory_bytes(), 3 * of_one);
  // It is told to come again, and may ask for less.
  const UniqueFd fourth = arrive_and_greet("192.0.2.1");
  EXPECT_EQ(connect_status(fourth, sqsize_max), busy);
  EXPECT_EQ(desk_.connects, 3) << "who cannot be served is not let in";
  EXPECT_FALSE(is_open(arrive("192.0.2.1"))) << "not even a connection more";
  EXPECT_EQ(connect_status(fourth, 31), 0);
  sockets.pop_back();
  turn(20);
  const UniqueFd fifth = arrive_and_greet("192.0.2.1");
  EXPECT_EQ(connect_status(fifth, sqsize_max), 0) << "one has gone";
  // Others have their part, until all have taken all there is.
  for (int i = 0; i < 4; ++i) {
    sockets.push_back(arrive_and_greet(fmt::format("192.0.2.{}", 10 + i)));
    EXPECT_EQ(connect_status(sockets.back(), sqsize_max), 0);
  }
  const UniqueFd last = arrive_and_greet("192.0.2.66");
  EXPECT_EQ(connect_status(last, sqsize_max), busy);
  EXPECT_EQ(connect_status(last, 31), 0);
  close();
  EXPECT_EQ(admission_->memory_bytes(), 0U);
  EXPECT_EQ(admission_->connection_count(), 0U);
}

// The least that the daemon may be told to give the hosts of one address.
TEST_F(AdmissionTest, FourMebibytesLetAHostIn) {
  admission_ = std::make_unique<Admission>(AdmissionOptions{.memory_bytes_per_network_max = 4U << 20});
  desk_.new_queues_home = control_.get();
  listen({.admission = admission_.get(), .connection = {}});
  const UniqueFd admin = arrive_and_greet("192.0.2.1");
  EXPECT_EQ(connect_status(admin, nvme::admin_queue_entries_max - 1), 0);
  const UniqueFd io = arrive_and_greet("192.0.2.1");
  EXPECT_EQ(connect_status(io, sqsize_max), 0);
}

TEST_F(AdmissionTest, ARefusedConnectTakesNothing) {
  const uint64_t of_one = bytes_of_queue(nvme::queue_entries_max);
  admission_ =
      std::make_unique<Admission>(AdmissionOptions{.memory_bytes_max = of_one, .memory_bytes_per_network_max = of_one});
  desk_.queue.reset();
  listen({.admission = admission_.get(), .connection = {}});
  const UniqueFd stranger = arrive_and_greet("192.0.2.1");
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(connect_status(stranger, sqsize_max), 0);
    EXPECT_EQ(admission_->memory_bytes(), connection_bytes);
  }
  EXPECT_EQ(desk_.connects, 3);
  desk_.not_yet = INT_MAX;
  say(stranger, script_.connect(sqsize_max));
  turn(20);
  EXPECT_EQ(admission_->memory_bytes(), connection_bytes) << "it waits";
  desk_.not_yet = 0;
  desk_.new_queues_home = control_.get();
  desk_.queue = std::make_shared<FakeQueue>(*control_, 4096);
  clock_.advance(connect_recheck_ns_min);
  EXPECT_EQ(hear(stranger, sizeof(CapsuleResp)).size(), sizeof(CapsuleResp));
  EXPECT_EQ(admission_->memory_bytes(), of_one);
}

// The oldest of them, whoever is let in; but not for who is refused.
TEST_F(AdmissionTest, StrangersMakeRoomForQueues) {
  constexpr uint64_t stranger_count = 22;
  admission_ = std::make_unique<Admission>(AdmissionOptions{.memory_bytes_max = stranger_count * connection_bytes});
  desk_.new_queues_home = control_.get();
  listen({.admission = admission_.get(), .connection = {}});
  const UniqueFd host = arrive_and_greet("192.0.2.1");  // the oldest of all
  std::vector<UniqueFd> silent;
  while (silent.size() < stranger_count - 1) {
    silent.push_back(arrive(fmt::format("192.0.2.{}", 10 + silent.size())));
  }
  const auto queue = std::exchange(desk_.queue, nullptr);
  desk_.new_queues_home = nullptr;
  EXPECT_NE(connect_status(host, sqsize_max), 0);
  turn(20);
  EXPECT_EQ(target_->connection_count(), stranger_count);
  desk_.queue = queue;
  desk_.new_queues_home = control_.get();
  EXPECT_EQ(connect_status(host, sqsize_max), 0);
  turn(20);
  EXPECT_TRUE(is_open(host));
  const uint64_t bytes = Connection::bytes_of_entries(nvme::queue_entries_max);
  const uint64_t gone = (bytes + connection_bytes - 1) / connection_bytes;
  EXPECT_EQ(target_->connection_count(), stranger_count - gone);
  for (size_t i = 0; i < silent.size(); ++i) {
    EXPECT_EQ(is_open(silent[i]), i >= gone) << i;
  }
  // So many at a time that not enough are left: nobody goes for who cannot have it.
  UniqueFd second = arrive_and_greet("192.0.2.2");
  EXPECT_EQ(connect_status(second, sqsize_max), 0);
  UniqueFd third = arrive_and_greet("192.0.2.3");
  const size_t before = target_->connection_count();
  EXPECT_EQ(connect_status(third, sqsize_max), busy);
  turn(20);
  EXPECT_EQ(target_->connection_count(), before);
  EXPECT_LE(admission_->memory_bytes(), stranger_count * connection_bytes);
}

TEST_F(AdmissionTest, NobodyGoesForWhoIsTurnedAway) {
  admission_ = std::make_unique<Admission>(AdmissionOptions{.memory_bytes_per_network_max = 2 * connection_bytes});
  listen({.admission = admission_.get(), .connections_max = 3, .connection = {}});
  std::vector<UniqueFd> silent;
  for (const char* const address : {"192.0.2.10", "192.0.2.1", "192.0.2.1"}) {
    silent.push_back(arrive(address));
  }
  EXPECT_FALSE(is_open(arrive("192.0.2.1"))) << "its network has all that it may";
  turn(20);
  EXPECT_EQ(target_->connection_count(), 3U);
  EXPECT_TRUE(is_open(silent[0]));
}

// Where the target and the daemon are full, one goes for one who comes.
TEST_F(AdmissionTest, OneGoesForOneWhoComes) {
  admission_ =
      std::make_unique<Admission>(AdmissionOptions{.connections_max = 3, .memory_bytes_max = 3 * connection_bytes});
  listen({.admission = admission_.get(), .connections_max = 3, .connection = {}});
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 4; ++i) {
    silent.push_back(arrive(fmt::format("192.0.2.{}", 10 + i)));
  }
  turn(20);
  EXPECT_EQ(target_->connection_count(), 3U);
  EXPECT_FALSE(is_open(silent[0]));
  EXPECT_TRUE(is_open(silent[1]) && is_open(silent[3]));
}

TEST_F(AdmissionTest, WhoHasToGoIsNotLetInMeanwhile) {
  listen({.connections_max = 1, .connection = {}});
  const UniqueFd stranger = arrive_and_greet("192.0.2.1");
  say(stranger, script_.connect());
  const UniqueFd newcomer = arrive("192.0.2.2");
  turn(20);
  EXPECT_EQ(desk_.connects, 0);
  EXPECT_TRUE(is_open(newcomer));
}

TEST_F(AdmissionTest, AnyPortsStrangersMakeRoomForAnyPorts) {
  admission_ = std::make_unique<Admission>(AdmissionOptions{.connections_max = 8});
  desk_.new_queues_home = control_.get();
  listen({.admission = admission_.get(), .connection = {}});
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 7; ++i) {
    silent.push_back(arrive("192.0.2." + std::to_string(10 + i)));
  }
  const std::unique_ptr<Target> other = std::move(target_);
  listen({.admission = admission_.get(), .connection = {}});
  std::vector<UniqueFd> ready;
  for (int i = 0; i < 8; ++i) {
    ready.push_back(arrive("192.0.2.1"));
    turn(5);
    get_ready(ready.back());
    EXPECT_LE(admission_->connection_count(), 8U);
  }
  EXPECT_EQ(other->connection_count(), 0U);
  EXPECT_FALSE(is_open(arrive("192.0.2.1"))) << "all are ready: nobody has to go";
  close();
  bool is_closed = false;
  core::spawn(core::keep(other->close(), &is_closed));
  turn(20);
  EXPECT_TRUE(is_closed);
}

// The lowest limit of descriptors that there is, for a while.
class DescriptorsRunOut {
 public:
  DescriptorsRunOut() {
    check(::getrlimit(RLIMIT_NOFILE, &before_) == 0, "a limit");
    const UniqueFd next(::dup(STDERR_FILENO));
    const rlimit none{.rlim_cur = static_cast<rlim_t>(next.get()), .rlim_max = before_.rlim_max};
    check(::setrlimit(RLIMIT_NOFILE, &none) == 0, "a limit");
  }
  ~DescriptorsRunOut() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorsRunOut(const DescriptorsRunOut&) = delete;
  DescriptorsRunOut& operator=(const DescriptorsRunOut&) = delete;

 private:
  rlimit before_{};
};

TEST_F(AdmissionTest, WithoutDescriptorsStrangersMakeRoom) {
  desk_.new_queues_home = control_.get();
  listen({});
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 3; ++i) {
    silent.push_back(connect());
  }
  for (int i = 0; i < 100'000 && target_->connection_count() != 3; ++i) {
    control_->run_turn();
  }
  ASSERT_EQ(target_->connection_count(), 3U);
  std::vector<UniqueFd> newcomers;
  for (int i = 0; i < 3; ++i) {  // in the backlog
    newcomers.push_back(connect());
    say(newcomers.back(), script_.icreq());
    say(newcomers.back(), script_.connect());
  }
  std::vector<ssize_t> answers;
  {
    const DescriptorsRunOut run_out;  // nothing is printed meanwhile: sanitizers want descriptors
    for (const UniqueFd& newcomer : newcomers) {
      std::array<std::byte, sizeof(ICResp) + sizeof(CapsuleResp) + 1> answer;
      answers.push_back(0);
      for (int i = 0; i < 10 && answers.back() <= 0; ++i) {
        turn(100);
        clock_.advance(accept_retry_ns);
        answers.back() = ::recv(newcomer.get(), answer.data(), answer.size(), MSG_DONTWAIT);
      }
    }
  }
  EXPECT_EQ(answers, std::vector<ssize_t>(3, sizeof(ICResp) + sizeof(CapsuleResp)));
  EXPECT_EQ(target_->connection_count(), 3U);
  for (const UniqueFd& stranger : silent) {
    EXPECT_FALSE(is_open(stranger));
  }
}

// A host that was told what it did wrong may take its time to close, but not when others want its place.
TEST_F(AdmissionTest, FarewellsEndWhenOthersNeedThePlace) {
  desk_.new_queues_home = control_.get();
  listen({.connections_max = 8, .connection = {}});
  std::vector<UniqueFd> sockets;
  for (int i = 0; i < 8; ++i) {
    sockets.push_back(arrive("192.0.2." + std::to_string(10 + i)));
    say(sockets.back(), script_.connect());  // no ICReq
    EXPECT_EQ(hear(sockets.back(), sizeof(TermReq)).size(), sizeof(TermReq));
  }
  turn(100);
  EXPECT_EQ(target_->connection_count(), 8U) << "they have time";
  for (int i = 0; i < 8; ++i) {
    sockets.push_back(arrive("192.0.2.1"));
    get_ready(sockets.back());
    turn(20);
    EXPECT_EQ(target_->connection_count(), 8U) << i;
  }
}

TEST(Admission, LeavesDescriptorsForOthers) {
  EXPECT_EQ(connections_for(65536), 65536 - descriptors_reserve);
  EXPECT_EQ(connections_for(1024), 512U);
  EXPECT_EQ(connections_for(UINT64_MAX), UINT32_MAX);
}

// The socket at the other end of one of ours, in this process.
int find_other_end(const UniqueFd& socket) {
  sockaddr_in own{};
  socklen_t length = sizeof(own);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &length);
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in peer{};
    length = sizeof(peer);
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0 && peer.sin_family == AF_INET &&
        peer.sin_port == own.sin_port) {
      return fd;
    }
  }
  return -1;
}

TEST_F(TargetTest, AsksAfterHostsThatAreSilent) {
  listen({});
  const UniqueFd socket = connect();
  for (int i = 0; i < 100'000 && target_->connection_count() == 0; ++i) {
    control_->run_turn();
  }
  const int accepted = find_other_end(socket);
  ASSERT_GE(accepted, 0);
  const auto option = [accepted](int level, int name) {
    int value = -1;
    socklen_t length = sizeof(value);
    ::getsockopt(accepted, level, name, &value, &length);
    return value;
  };
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), tcp_keep_idle_s);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), tcp_keep_interval_s);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), tcp_keep_probes);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), static_cast<int>(tcp_user_timeout_ms));
  EXPECT_NE(option(IPPROTO_TCP, TCP_NODELAY), 0);
}

// Homes that run: a connection is served there while the control reactor still returns from sending it.
TEST_F(TargetTest, ConnectionsMoveToAThreadThatRuns) {
  auto made = core::Reactor::create({.name = "data0", .idle_spin_ns = 1'000'000'000, .uring_entries = 0}, clock_);
  ASSERT_TRUE(made.has_value());
  const std::unique_ptr<core::Reactor> home = std::move(*made);
  core::Reactor* const homes[] = {home.get()};
  groups_ = std::make_unique<GroupSet>(*control_, homes);
  desk_.new_queues_home = home.get();
  home->start();
  listen({});
  const Script script;
  constexpr int connection_count = 50;
  for (int i = 0; i < connection_count; ++i) {
    const UniqueFd socket = connect();
    say(socket, script.icreq());
    say(socket, script.connect());
    ASSERT_EQ(hear(socket, 128 + 24).size(), 152U) << i;
    say(socket, script.write(1, 0, pattern(512, 1)));
    ASSERT_EQ(hear(socket, 24).size(), 24U) << i;
  }
  for (int i = 0; i < 5'000'000 && target_->connection_count() != 0; ++i) {
    control_->run_turn();
  }
  EXPECT_EQ(target_->connection_count(), 0U);
  close();
  home->stop();
}

TEST_F(TargetTest, RefusesAnAddressThatIsNone) {
  const auto made = Target::listen(*groups_, desk_, {.address = "everywhere", .connection = {}});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Code::InvalidArgument);
}

TEST_F(TargetTest, TellsTheAddressThatAHostReachedWhereItListensAtAll) {
  for (const char* const address : {"0.0.0.0", "127.0.0.1"}) {
    desk_.local_address.clear();
    listen({.address = address, .connection = {}});
    EXPECT_EQ(target_->port().is_at_every_address, std::string_view(address) == "0.0.0.0");
    EXPECT_EQ(target_->port().traddr, address);
    const Script script;
    const UniqueFd socket = connect();
    say(socket, script.icreq());
    EXPECT_EQ(hear(socket, 128).size(), 128U);
    say(socket, script.connect());
    EXPECT_EQ(hear(socket, 24).size(), 24U);
    EXPECT_EQ(desk_.local_address, "127.0.0.1");
    close();
  }
}

TEST_F(TargetTest, ListensOnIpv6) {
  auto made = Target::listen(*groups_, desk_, {.address = "::1", .connection = {}});
  if (!made.has_value()) {
    GTEST_SKIP() << made.error().what;
  }
  target_ = std::move(*made);
  EXPECT_EQ(target_->port().adrfam, nvme::AddressFamily::Ipv6);
  EXPECT_FALSE(target_->port().is_at_every_address);
  close();
  listen({.address = "0::0", .connection = {}});
  EXPECT_TRUE(target_->port().is_at_every_address);
}

}  // namespace
}  // namespace outrigger::nvme_tcp
