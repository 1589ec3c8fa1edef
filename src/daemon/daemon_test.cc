// Starting and stopping the whole daemon in a folder of the test's own, and what it says when it cannot start.
#include "daemon/daemon.h"

#include "daemon/service.h"
#include "qemu/fake_qemu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace outrigger::daemon {
namespace {

using ::testing::HasSubstr;

class DaemonTest : public ::testing::Test {
 protected:
  DaemonTest() {
    char pattern[] = "/tmp/outrigger-daemon-test-XXXXXX";
    folder_ = ::mkdtemp(pattern);
    configuration_.state_directory = folder_ + "/state";
    configuration_.run_directory = folder_ + "/run";
    configuration_.data_count = 1;
    configuration_.grpc = {"unix:" + folder_ + "/api.sock"};
    configuration_.rest = {};
  }
  ~DaemonTest() override { std::filesystem::remove_all(folder_); }

  // The error of a start that must fail.
  std::string refusal() {
    auto daemon = Daemon::start(configuration_);
    if (daemon.has_value()) {
      (*daemon)->stop();
      return "it started";
    }
    return daemon.error().what;
  }

  std::string folder_;
  Configuration configuration_;
};

TEST_F(DaemonTest, starts_stops_and_starts_again_on_the_same_state) {
  for (int round = 0; round < 3; ++round) {
    auto daemon = Daemon::start(configuration_);
    ASSERT_TRUE(daemon.has_value()) << daemon.error().what;
    struct stat store{};
    ASSERT_EQ(::stat((configuration_.state_directory + "/outrigger.db").c_str(), &store), 0);
    EXPECT_EQ(store.st_mode & 0777, 0600U) << "the store holds keys";
    (*daemon)->stop();
  }
}

TEST_F(DaemonTest, a_second_daemon_on_one_state_is_refused_and_told_who_is_there) {
  auto first = Daemon::start(configuration_);
  ASSERT_TRUE(first.has_value()) << first.error().what;
  EXPECT_THAT(refusal(), HasSubstr("process id " + std::to_string(::getpid())));
  (*first)->stop();
}

TEST_F(DaemonTest, a_damaged_store_is_said_and_left_as_it_is) {
  std::filesystem::create_directories(configuration_.state_directory);
  const std::string path = configuration_.state_directory + "/outrigger.db";
  const std::string garbage(8192, 'x');
  std::ofstream(path) << garbage;
  EXPECT_THAT(refusal(), HasSubstr(path));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), garbage);
}

TEST_F(DaemonTest, a_state_directory_that_is_a_file_is_said) {
  std::ofstream(configuration_.state_directory) << "x";
  EXPECT_THAT(refusal(), HasSubstr(configuration_.state_directory));
}

TEST_F(DaemonTest, an_address_in_use_is_named) {
  auto first = Daemon::start(configuration_);
  ASSERT_TRUE(first.has_value()) << first.error().what;
  const std::string address = configuration_.grpc.front();
  configuration_.state_directory = folder_ + "/other";
  EXPECT_THAT(refusal(), HasSubstr("api.sock"));
  (*first)->stop();
}

TEST_F(DaemonTest, plaintext_for_everybody_is_refused_without_leave) {
  configuration_.grpc = {"0.0.0.0:0"};
  EXPECT_THAT(refusal(), HasSubstr("allow_insecure"));
}

TEST_F(DaemonTest, tls_files_that_are_missing_are_named) {
  configuration_.tls = folder_ + "/a.crt:" + folder_ + "/a.key:" + folder_ + "/ca.crt";
  EXPECT_THAT(refusal(), HasSubstr(folder_ + "/a."));
}

// A QEMU on a thread of its own, as the daemon knows only its socket.
class QemuThread {
 public:
  QemuThread() {
    qemu_.releases_at_request = 0;
    thread_ = std::thread([this] { run(); });
  }
  ~QemuThread() {
    is_over_ = true;
    thread_.join();
  }
  QemuThread(const QemuThread&) = delete;
  QemuThread& operator=(const QemuThread&) = delete;

  [[nodiscard]] const std::string& path() const { return qemu_.path(); }
  // The guest was asked to release a device, which it never does.
  [[nodiscard]] bool is_asked() const { return is_asked_; }

 private:
  void run() {
    while (!is_over_) {
      qemu_.serve();
      is_asked_ = std::ranges::count(qemu_.commands, "device_del") > 0;
      ::poll(nullptr, 0, 1);
    }
  }

  qemu::FakeQemu qemu_;
  std::atomic<bool> is_over_{false};
  std::atomic<bool> is_asked_{false};
  std::thread thread_;
};

sockaddr_in loopback(uint16_t tcp_port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(tcp_port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

uint16_t free_tcp_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

// Sends one REST request and gives the whole answer.
std::string rest(uint16_t tcp_port, const std::string& method, const std::string& target, const std::string& body) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(tcp_port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return "no connection";
  }
  const std::string request = fmt::format(
      "{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      method, target, body.size(), body);
  EXPECT_EQ(::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::string answer;
  char bytes[4096];
  for (ssize_t count = 1; count > 0;) {
    count = ::recv(fd.get(), bytes, sizeof(bytes), 0);
    answer.append(bytes, count > 0 ? static_cast<size_t>(count) : 0);
  }
  return answer;
}

TEST_F(DaemonTest, a_call_that_waits_for_a_guest_does_not_hold_up_the_end) {
  const uint16_t api = free_tcp_port();
  configuration_.rest = {fmt::format("127.0.0.1:{}", api)};
  QemuThread qemu;
  auto daemon = Daemon::start(configuration_);
  ASSERT_TRUE(daemon.has_value()) << daemon.error().what;
  EXPECT_THAT(
      rest(api, "POST", "/v1/hosts?host_id=host1", fmt::format(R"({{"port_id":0,"qmp_socket":"{}"}})", qemu.path())),
      HasSubstr("200 OK"));
  EXPECT_THAT(rest(api, "POST", "/v1/nullVolumes?null_volume_id=vol0", R"({"block_size":512,"blocks_count":2048})"),
              HasSubstr("200 OK"));
  EXPECT_THAT(rest(api, "POST", "/v1/virtioBlks?virtio_blk_id=disk0",
                   R"({"volume_name_ref":"vol0","pcie_id":{"port_id":0,"physical_function":0,"virtual_function":0}})"),
              HasSubstr("200 OK"));
  std::string answer;
  std::thread caller([&] { answer = rest(api, "DELETE", "/v1/virtioBlks/disk0", ""); });
  for (int i = 0; i < 10'000 && !qemu.is_asked(); ++i) {
    ::poll(nullptr, 0, 1);
  }
  EXPECT_TRUE(qemu.is_asked());
  const auto start = std::chrono::steady_clock::now();
  (*daemon)->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  caller.join();
  EXPECT_THAT(answer, HasSubstr("the daemon stops"));
}

TEST(Service, readiness_reaches_the_service_manager) {
  char pattern[] = "/tmp/outrigger-notify-XXXXXX";
  const std::string folder = ::mkdtemp(pattern);
  const std::string path = folder + "/notify";
  const UniqueFd listener(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  notify_service_manager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
  char text[32] = {};
  EXPECT_EQ(::recv(listener.get(), text, sizeof(text), MSG_DONTWAIT), 7);
  EXPECT_STREQ(text, "READY=1");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace outrigger::daemon
