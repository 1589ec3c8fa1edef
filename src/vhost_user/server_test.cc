// Server and its endpoints: real sockets in a directory of the test's own.
#include "vhost_user/server.h"
#include "core/kept_job.h"

#include "core/clock.h"
#include "vhost_user/limits.h"
#include "vhost_user/recording_device.h"
#include "vhost_user/scripted_front_end.h"
#include "vhost_user/socket_address.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace outrigger::vhost_user {
namespace {

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vhost-user-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, "a test has a directory");
    directory = pattern;
    auto made = core::Reactor::create({.name = "control", .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "a test has a reactor");
    reactor = std::move(*made);
    reactor->run_turn();
  }
  ~ServerTest() override {
    if (server != nullptr) {
      stop();
    }
    std::filesystem::remove_all(directory);
  }

  [[nodiscard]] std::string path() const { return (directory / "disk.sock").string(); }
  Result<void> serve(Role role = Role::Listen) {
    auto made = Server::create(*reactor, device, {.path = path(), .role = role}, "disk");
    if (!made.has_value()) {
      return std::unexpected(made.error());
    }
    server = std::move(*made);
    return {};
  }
  void stop() {
    bool is_done = false;
    core::spawn(core::keep(server->stop(), &is_done));
    for (int i = 0; i < 100 && !is_done; ++i) {
      reactor->run_turn();
    }
    ASSERT_TRUE(is_done);
    server.reset();
  }
  std::unique_ptr<ScriptedFrontEnd> connect() {
    const auto address = SocketAddress::create(path());
    auto socket = connect_to(*address);
    if (!socket.has_value()) {
      ADD_FAILURE() << socket.error().what;
      std::abort();
    }
    auto front_end = std::make_unique<ScriptedFrontEnd>(*reactor, std::move(*socket));
    front_end->settle();
    return front_end;
  }
  std::unique_ptr<ScriptedFrontEnd> connect_with_held_ring();
  static bool is_served(ScriptedFrontEnd& front_end) { return front_end.ask(RequestId::GetFeatures).has_value(); }

  core::ManualClock clock;
  std::filesystem::path directory;
  std::unique_ptr<core::Reactor> reactor;
  RecordingDevice device;
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, listens_with_mode_0600_and_serves_and_removes_its_socket) {
  ASSERT_TRUE(serve().has_value());
  struct stat file{};
  ASSERT_EQ(::stat(path().c_str(), &file), 0);
  EXPECT_TRUE(S_ISSOCK(file.st_mode));
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  EXPECT_FALSE(server->state().is_connected);
  const auto front_end = connect();
  EXPECT_TRUE(is_served(*front_end));
  EXPECT_TRUE(server->state().is_connected);
  EXPECT_EQ(server->state().session.peer_pid, ::getpid());
  EXPECT_EQ(server->state().connection_count, 1U);
  stop();
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_EQ(::recv(front_end->fd(), &file, 1, MSG_DONTWAIT), 0) << "the front end sees the end";
}
TEST_F(ServerTest, the_socket_gets_the_mode_and_group_that_are_asked_for) {
  const mode_t mask = ::umask(0077);  // counts for nothing
  auto made = Server::create(*reactor, device, {.path = path(), .mode = 0660, .group = ::getegid()}, "disk");
  ::umask(mask);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  server = std::move(*made);
  struct stat file{};
  ASSERT_EQ(::stat(path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0660U);
  EXPECT_EQ(file.st_gid, ::getegid());
}
TEST_F(ServerTest, a_directory_that_is_missing_is_no_fault_of_the_client) {
  std::filesystem::remove_all(directory);
  const auto served = serve();
  ASSERT_FALSE(served.has_value());
  EXPECT_EQ(served.error().code, Code::FailedPrecondition) << served.error().what;
  EXPECT_NE(served.error().what.find(path()), std::string::npos);
}
TEST_F(ServerTest, takes_the_next_front_end_after_the_last_is_gone) {
  ASSERT_TRUE(serve().has_value());
  for (int i = 0; i < 3; ++i) {
    const auto front_end = connect();
    EXPECT_TRUE(is_served(*front_end));
    front_end->hang_up();
    EXPECT_FALSE(server->state().is_connected);
    EXPECT_FALSE(server->state().last_end.empty());
  }
  EXPECT_EQ(server->state().connection_count, 3U);
}
TEST_F(ServerTest, a_second_front_end_is_turned_away) {
  ASSERT_TRUE(serve().has_value());
  const auto first = connect();
  const auto second = connect();
  char byte = 0;
  EXPECT_EQ(::recv(second->fd(), &byte, 1, MSG_DONTWAIT), 0);
  EXPECT_TRUE(is_served(*first));
}
// A front end whose ring 0 runs, and stops only when the test says so.
std::unique_ptr<ScriptedFrontEnd> ServerTest::connect_with_held_ring() {
  auto front_end = connect();
  device.holds_stops = true;
  const UniqueFd memory = memory_fd(1 << 20);
  const UniqueFd kick = event_fd();
  front_end->say(RequestId::SetFeatures, uint64_t{0});
  MemoryTableDescription table;
  table.region_count = 1;
  table.regions[0] = {0, 1 << 20, 0x10000, 0};
  front_end->send(RequestId::SetMemTable, ScriptedFrontEnd::bytes_of(table), {memory.get()});
  front_end->say(RequestId::SetVringNum, VringState{0, 64});
  front_end->say(RequestId::SetVringAddr, VringAddress{0, 0, 0x10000, 0x12000, 0x14000, 0});
  front_end->say(RequestId::SetVringKick, uint64_t{0}, {kick.get()});
  EXPECT_TRUE(device.queues[0].is_running);
  return front_end;
}
TEST_F(ServerTest, a_front_end_that_comes_back_while_its_old_session_drains_is_served_next) {
  ASSERT_TRUE(serve().has_value());
  auto first = connect_with_held_ring();
  first->hang_up();
  const auto next = connect();
  EXPECT_FALSE(is_served(*next)) << "the rings of the first are not drained yet";
  device.held_stop->set({});
  next->settle();
  EXPECT_TRUE(next->receive().has_value());
  EXPECT_EQ(server->state().connection_count, 2U);
}
TEST_F(ServerTest, while_a_stop_drains_nobody_is_let_in_and_turned_away) {
  ASSERT_TRUE(serve().has_value());
  const auto front_end = connect_with_held_ring();
  server->begin_stop();
  front_end->settle();
  EXPECT_FALSE(server->is_over());
  const auto address = SocketAddress::create(path());
  const auto refused = connect_to(*address);
  ASSERT_FALSE(refused.has_value());
  EXPECT_FALSE(std::filesystem::exists(path()));
  device.held_stop->set({});
  front_end->settle();
  EXPECT_TRUE(server->is_over());
  EXPECT_FALSE(connect_to(*address).has_value());
}
TEST_F(ServerTest, without_a_free_descriptor_control_rests_and_looks_again) {
  ASSERT_TRUE(serve().has_value());
  const auto address = SocketAddress::create(path());
  ASSERT_TRUE(address.has_value());
  const auto waiting = connect_to(*address);
  ASSERT_TRUE(waiting.has_value());
  const UniqueFd next(::dup(STDERR_FILENO));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = static_cast<rlim_t>(next.get()), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  reactor->run_turn();
  uint32_t work = 0;
  for (int turn = 0; turn < 10; ++turn) {
    work += reactor->run_turn();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(work, 0U) << "nothing spins";
  EXPECT_FALSE(server->state().is_connected);
  clock.advance(accept_pause_ns);
  for (int turn = 0; turn < 10; ++turn) {
    reactor->run_turn();
  }
  EXPECT_TRUE(server->state().is_connected);
}
TEST_F(ServerTest, a_stale_socket_is_replaced) {
  {
    const UniqueFd stale(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = SocketAddress::create(path());
    ASSERT_EQ(::bind(stale.get(), address->get(), address->length()), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path()));
  ASSERT_TRUE(serve().has_value());
  EXPECT_TRUE(is_served(*connect()));
}
TEST_F(ServerTest, a_live_socket_is_left_alone_and_its_owner_named) {
  ASSERT_TRUE(serve().has_value());
  const auto second = Server::create(*reactor, device, {.path = path()}, "other");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::AlreadyExists);
  EXPECT_NE(second.error().what.find(std::to_string(::getpid())), std::string::npos) << second.error().what;
  EXPECT_TRUE(std::filesystem::exists(path()));
}
TEST_F(ServerTest, a_file_that_is_no_socket_is_left_alone) {
  std::ofstream(path()) << "precious";
  const auto outcome = serve();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Code::AlreadyExists);
  EXPECT_TRUE(std::filesystem::is_regular_file(path()));
}
TEST_F(ServerTest, paths_that_cannot_be_are_refused) {
  for (const std::string& wrong : {std::string(), std::string(108, 'x'), std::string("a\0b", 3)}) {
    const auto made = Server::create(*reactor, device, {.path = wrong}, "disk");
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, Code::InvalidArgument);
  }
  EXPECT_TRUE(SocketAddress::create(std::string(107, 'x')).has_value());
  const auto nowhere = Server::create(*reactor, device, {.path = "/nonexistent/disk.sock"}, "disk");
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().code, Code::FailedPrecondition) << nowhere.error().what;
}
TEST_F(ServerTest, a_socket_that_replaced_ours_is_not_removed) {
  ASSERT_TRUE(serve().has_value());
  std::filesystem::remove(path());
  std::ofstream(path()) << "another's";
  stop();
  EXPECT_TRUE(std::filesystem::exists(path()));
}

class ConnectorTest : public ServerTest {
 protected:
  void listen() {
    const auto address = SocketAddress::create(path());
    listener.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    check(::bind(listener.get(), address->get(), address->length()) == 0 && ::listen(listener.get(), 4) == 0,
          "a test listens");
  }
  std::unique_ptr<ScriptedFrontEnd> accept() {
    UniqueFd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    return socket.is_open() ? std::make_unique<ScriptedFrontEnd>(*reactor, std::move(socket)) : nullptr;
  }
  void pass(uint64_t ns) {
    clock.advance(ns);
    for (int i = 0; i < 8; ++i) {
      reactor->run_turn();
    }
  }
  UniqueFd listener;
};

TEST_F(ConnectorTest, goes_to_a_front_end_that_listens) {
  listen();
  ASSERT_TRUE(serve(Role::Connect).has_value());
  const auto front_end = accept();
  ASSERT_NE(front_end, nullptr);
  EXPECT_TRUE(is_served(*front_end));
}
TEST_F(ConnectorTest, keeps_trying_with_growing_pauses_until_somebody_listens) {
  ASSERT_TRUE(serve(Role::Connect).has_value());
  pass(reconnect_pause_ns_min);
  pass(2 * reconnect_pause_ns_min);
  listen();
  pass(reconnect_pause_ns_min);
  EXPECT_EQ(accept(), nullptr) << "the third pause is four times the first";
  pass(3 * reconnect_pause_ns_min);
  const auto front_end = accept();
  ASSERT_NE(front_end, nullptr);
  EXPECT_TRUE(is_served(*front_end));
}
TEST_F(ConnectorTest, pauses_are_bounded) {
  ASSERT_TRUE(serve(Role::Connect).has_value());
  for (int i = 0; i < 20; ++i) {
    pass(reconnect_pause_ns_max);
  }
  listen();
  pass(reconnect_pause_ns_max);
  EXPECT_NE(accept(), nullptr);
}
TEST_F(ConnectorTest, comes_back_after_a_loss) {
  listen();
  ASSERT_TRUE(serve(Role::Connect).has_value());
  accept()->hang_up();
  EXPECT_EQ(accept(), nullptr) << "not at once";
  pass(reconnect_pause_ns_min);
  const auto again = accept();
  ASSERT_NE(again, nullptr);
  EXPECT_TRUE(is_served(*again));
  EXPECT_EQ(server->state().connection_count, 2U);
}
TEST_F(ConnectorTest, stops_while_it_pauses) {
  ASSERT_TRUE(serve(Role::Connect).has_value());
  pass(1);
  stop();
}

}  // namespace
}  // namespace outrigger::vhost_user
