// Starting and stopping the whole daemon in a folder of the test's own, and what it says when it cannot start.
#include "daemon/daemon.h"

#include "daemon/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

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
