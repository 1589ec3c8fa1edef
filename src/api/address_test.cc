// Addresses, the plaintext rule, and what is said when an address is taken.
#include "api/address.h"

#include "base/unique_fd.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace outrigger::api {
namespace {

TEST(Address, parses_what_people_write) {
  EXPECT_EQ(Address::parse("127.0.0.1:50051")->tcp_port, 50051);
  EXPECT_EQ(Address::parse("[::1]:80")->host, "::1");
  EXPECT_EQ(Address::parse("[::1]:80")->text(), "[::1]:80");
  EXPECT_EQ(Address::parse("unix:/run/o.sock")->unix_path, "/run/o.sock");
  EXPECT_EQ(Address::parse("unix:///run/o.sock")->text(), "unix:/run/o.sock");
  for (const char* bad : {"", "host", ":80", "host:", "host:x", "host:70000", "host:-1", "::1:80",
                          "unix:", "unix:a", "[]:5", "host:80x"}) {
    const auto parsed = Address::parse(bad);
    EXPECT_FALSE(parsed.has_value()) << bad;
  }
  EXPECT_FALSE(Address::parse("unix:/" + std::string(200, 'a')).has_value());
}

TEST(Address, knows_what_only_this_machine_reaches) {
  for (const char* local : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "unix:/x"}) {
    EXPECT_TRUE(Address::parse(local)->is_local()) << local;
  }
  for (const char* far : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1", "127.0.0.1.example.org:1"}) {
    EXPECT_FALSE(Address::parse(far)->is_local()) << far;
  }
}

TEST(Address, plaintext_only_where_nobody_listens_in) {
  const Address far = *Address::parse("0.0.0.0:50051");
  EXPECT_TRUE(check_plaintext(*Address::parse("127.0.0.1:1"), false, false).has_value());
  EXPECT_TRUE(check_plaintext(far, true, false).has_value());
  EXPECT_TRUE(check_plaintext(far, false, true).has_value());
  const auto refused = check_plaintext(far, false, false);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().what.find("0.0.0.0:50051"), std::string::npos);
  EXPECT_NE(refused.error().what.find("api.tls"), std::string::npos);
}

TEST(Probe, names_the_port_that_is_taken) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(fd.get(), 1), 0);
  socklen_t length = sizeof(address);
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
  const std::string text = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const auto taken = probe(*Address::parse(text));
  ASSERT_FALSE(taken.has_value());
  EXPECT_NE(taken.error().what.find(text), std::string::npos) << taken.error().what;
  EXPECT_TRUE(probe(*Address::parse("127.0.0.1:0")).has_value());
  EXPECT_FALSE(probe(*Address::parse("192.0.2.1:0")).has_value());
}

TEST(Probe, unix_sockets_taken_stale_and_not_sockets) {
  const std::string path = testing::TempDir() + "probe_" + std::to_string(::getpid());
  std::filesystem::remove(path);
  EXPECT_TRUE(probe(*Address::parse("unix:" + path)).has_value());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::listen(fd.get(), 1), 0);
    const auto taken = probe(*Address::parse("unix:" + path));
    ASSERT_FALSE(taken.has_value());
    EXPECT_TRUE(std::filesystem::exists(path)) << "a live socket stays";
  }
  EXPECT_TRUE(probe(*Address::parse("unix:" + path)).has_value());
  EXPECT_FALSE(std::filesystem::exists(path)) << "a stale socket goes";
  std::ofstream(path) << "data";
  EXPECT_FALSE(probe(*Address::parse("unix:" + path)).has_value());
  EXPECT_TRUE(std::filesystem::exists(path)) << "somebody's file stays";
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace outrigger::api
