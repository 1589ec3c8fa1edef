// TLS with somebody else's program: openssl's s_client and s_server with a pre-shared key.
#include "nvme_tcp/tls_stream.h"

#include "nvme_tcp/limits.h"
#include "nvme_tcp/tls_openssl_peer.h"
#include "nvme_tcp/tls_test_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <vector>

extern char** environ;

namespace outrigger::nvme_tcp {
namespace {

using nvme_auth::HashId;
constexpr std::string_view identity = "NVMe0R01 nqn.2014-08.org.nvmexpress:uuid:1 nqn.subsystem";
constexpr std::string_view key_hex = "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a";
constexpr uint8_t key_fill = 0x2A;
constexpr int patience_ms = 20'000;

// openssl with its standard input and output at our end; ends with us.
class OpenSsl {
 public:
  explicit OpenSsl(std::vector<std::string> arguments) {
    int in[2];
    int out[2];
    EXPECT_EQ(::pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    arguments.insert(arguments.begin(), "openssl");
    std::vector<char*> raw;
    for (std::string& argument : arguments) {
      raw.push_back(argument.data());
    }
    raw.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, out[1], 2);
    EXPECT_EQ(::posix_spawnp(&pid_, "openssl", &actions, nullptr, raw.data(), environ), 0)
        << "the package openssl is needed";
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    input_ = UniqueFd(in[1]);
    output_ = UniqueFd(out[0]);
  }
  ~OpenSsl() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  OpenSsl(const OpenSsl&) = delete;
  OpenSsl& operator=(const OpenSsl&) = delete;

  void say(std::string_view text) const {
    EXPECT_EQ(::write(input_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // What it printed, until `text` is in it or it ends.
  std::string hear(std::string_view text) const {
    std::string heard;
    pollfd watched{output_.get(), POLLIN, 0};
    while (heard.find(text) == std::string::npos && ::poll(&watched, 1, patience_ms) == 1) {
      std::array<char, 4096> room{};
      const ssize_t bytes = ::read(output_.get(), room.data(), room.size());
      if (bytes <= 0) {
        break;
      }
      heard.append(room.data(), static_cast<size_t>(bytes));
    }
    return heard;
  }

 private:
  pid_t pid_ = -1;
  UniqueFd input_;
  UniqueFd output_;
};

// Waits for the socket, never for time.
bool wait_for(int fd, short events) {
  pollfd watched{fd, events, 0};
  return ::poll(&watched, 1, patience_ms) == 1;
}
TlsStream::Handshake finish(TlsStream& stream) {
  for (;;) {
    const auto now = stream.handshake();
    if (now == TlsStream::Handshake::Done || now == TlsStream::Handshake::Failed) {
      return now;
    }
    if (!wait_for(stream.fd(), now == TlsStream::Handshake::WantsRead ? POLLIN : POLLOUT)) {
      return TlsStream::Handshake::Failed;
    }
  }
}
std::string read_line(TlsStream& stream) {
  std::string line;
  while (line.empty() || line.back() != '\n') {
    char byte = 0;
    const iovec piece{&byte, 1};
    const ssize_t bytes = stream.read(&piece, 1);
    if (bytes == 1) {
      line.push_back(byte);
    } else if (bytes != -EAGAIN || !wait_for(stream.fd(), POLLIN)) {
      break;
    }
  }
  return line;
}

struct Listener {
  Listener() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(fd.get(), 4), 0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  [[nodiscard]] UniqueFd accept() const {
    EXPECT_TRUE(wait_for(fd.get(), POLLIN));
    return UniqueFd(::accept4(fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  }
  UniqueFd fd;
  uint16_t port = 0;
};

std::vector<std::string> client_arguments(uint16_t port, std::string_view key, std::string_view psk_identity) {
  return {"s_client",       "-connect",      "127.0.0.1:" + std::to_string(port), "-psk",
          std::string(key), "-psk_identity", std::string(psk_identity),           "-tls1_3",
          "-quiet"};
}

TEST(TlsStreamWithOpenssl, s_client_gets_in_with_the_key) {
  const Listener listener;
  tls_test::Keys keys;
  keys.known.push_back(tls_test::psk(std::string(identity), HashId::Sha256, key_fill));
  // It offers the suite of SHA-384 first; the key is one of SHA-256.
  const OpenSsl client(client_arguments(listener.port, key_hex, identity));
  auto server = TlsStream::accept(listener.accept(), keys, tls_test::clock());
  ASSERT_TRUE(server.has_value());
  ASSERT_EQ(finish(**server), TlsStream::Handshake::Done) << (*server)->failure();
  EXPECT_EQ((*server)->identity(), identity);
  client.say("from the client\n");
  EXPECT_EQ(read_line(**server), "from the client\n");
  const std::string answer = "from the server\n";
  const iovec piece{const_cast<char*>(answer.data()), answer.size()};
  EXPECT_EQ((*server)->write(&piece, 1), static_cast<ssize_t>(answer.size()));
  EXPECT_NE(client.hear(answer).find(answer), std::string::npos);
  server->reset();
}

TEST(TlsStreamWithOpenssl, s_client_learns_nothing_with_a_wrong_key_or_identity) {
  std::vector<std::string> alerts;
  const std::string wrong_key(64, 'b');
  for (const auto& [key, psk_identity] : {std::pair(std::string_view(wrong_key), identity),
                                          std::pair(key_hex, std::string_view("NVMe0R01 nobody nqn.subsystem"))}) {
    const Listener listener;
    tls_test::Keys keys;
    keys.known.push_back(tls_test::psk(std::string(identity), HashId::Sha256, key_fill));
    const OpenSsl client(client_arguments(listener.port, key, psk_identity));
    auto server = TlsStream::accept(listener.accept(), keys, tls_test::clock());
    ASSERT_TRUE(server.has_value());
    EXPECT_EQ(finish(**server), TlsStream::Handshake::Failed);
    const std::string heard = client.hear("alert number");
    const size_t at = heard.find("alert number");
    ASSERT_NE(at, std::string::npos) << heard;
    alerts.push_back(heard.substr(at, heard.find('\n', at) - at));
  }
  EXPECT_EQ(alerts[0], alerts[1]);
}

TEST(TlsStreamWithOpenssl, s_client_without_a_key_or_with_an_older_version_fails) {
  for (const std::string_view version : {"-tls1_3", "-tls1_2"}) {
    const Listener listener;
    tls_test::Keys keys;
    const OpenSsl client(
        {"s_client", "-connect", "127.0.0.1:" + std::to_string(listener.port), std::string(version), "-quiet"});
    auto server = TlsStream::accept(listener.accept(), keys, tls_test::clock());
    ASSERT_TRUE(server.has_value());
    EXPECT_EQ(finish(**server), TlsStream::Handshake::Failed);
    EXPECT_EQ(keys.asked, 0U);
  }
}

// -- a client that sends records without data

class KeyUpdates : public testing::Test {
 protected:
  KeyUpdates() {
    auto [ours, theirs] = tls_test::socket_pair(1 << 20);
    keys_.known.push_back(tls_test::psk(std::string(identity), HashId::Sha256, key_fill));
    auto made = TlsStream::accept(std::move(ours), keys_, clock_);
    check(made.has_value(), "a server");
    server = std::move(*made);
    client.emplace(std::move(theirs), std::string(identity), key_fill);
    for (int i = 0; i < 10 && (!client->shake_hands() || server->handshake() != TlsStream::Handshake::Done); ++i) {
      static_cast<void>(server->handshake());
    }
    check(server->handshake() == TlsStream::Handshake::Done, "they shake hands");
  }
  ssize_t read(std::string& into) const {
    std::array<char, 4096> room{};
    const iovec piece{room.data(), room.size()};
    const ssize_t bytes = server->read(&piece, 1);
    into.append(room.data(), bytes > 0 ? static_cast<size_t>(bytes) : 0);
    return bytes;
  }

  core::ManualClock clock_;
  tls_test::Keys keys_;
  std::unique_ptr<TlsStream> server;
  std::optional<tls_test::OpenSslClient> client;
};

TEST_F(KeyUpdates, now_and_then_are_followed_and_answered) {
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(client->update_key());
    ASSERT_TRUE(client->write("x"));
    std::string heard;
    ASSERT_EQ(read(heard), 1) << i << ": " << server->failure();
    const iovec piece{heard.data(), heard.size()};
    ASSERT_EQ(server->write(&piece, 1), 1);
    ASSERT_EQ(client->read(1), "x");
    clock_.advance(1'000'000'000);
  }
}

TEST_F(KeyUpdates, take_turns_and_a_stream_of_them_ends_the_connection) {
  constexpr uint32_t count = 1000;
  for (uint32_t i = 0; i < count; ++i) {
    ASSERT_TRUE(client->update_key()) << i;
  }
  ASSERT_TRUE(client->write("never heard"));
  std::string heard;
  EXPECT_EQ(read(heard), -EAGAIN);
  EXPECT_TRUE(server->has_buffered()) << "the rest has another turn";
  uint32_t turns = 1;
  ssize_t outcome = -EAGAIN;
  for (; outcome == -EAGAIN && turns < count; ++turns) {
    outcome = read(heard);
  }
  EXPECT_EQ(outcome, -EPROTO);
  // The handshake had a few.
  EXPECT_GE(turns, tls_silent_records_burst / tls_silent_records_per_turn);
  EXPECT_LE(turns, tls_silent_records_burst / tls_silent_records_per_turn + 1);
  EXPECT_NE(server->failure().find("key updates"), std::string_view::npos) << server->failure();
  EXPECT_EQ(heard, "");
  EXPECT_FALSE(server->has_buffered());
}

TEST_F(KeyUpdates, among_data_end_the_connection_too) {
  ssize_t outcome = 1;
  std::string heard;
  for (uint32_t i = 0; i < 4 * tls_silent_records_burst && outcome == 1; ++i) {
    ASSERT_TRUE(client->update_key() && client->write("x"));
    outcome = read(heard);
  }
  EXPECT_EQ(outcome, -EPROTO);
  EXPECT_LE(heard.size(), tls_silent_records_burst + 1);
}

TEST_F(KeyUpdates, behind_data_are_an_error_that_is_told) {
  ASSERT_TRUE(client->write("heard"));
  for (uint32_t i = 0; i < 2 * tls_silent_records_burst; ++i) {
    ASSERT_TRUE(client->update_key());
  }
  std::string heard;
  EXPECT_EQ(read(heard), 5);
  ssize_t outcome = -EAGAIN;
  while (server->has_buffered()) {  // the socket has nothing more to tell
    outcome = read(heard);
  }
  EXPECT_EQ(outcome, -EPROTO);
}

TEST_F(KeyUpdates, are_not_the_only_small_records_and_all_take_turns) {
  constexpr uint32_t count = 1000;
  for (uint32_t i = 0; i < count; ++i) {
    ASSERT_TRUE(client->write("x"));
  }
  std::string heard;
  EXPECT_EQ(read(heard), ssize_t{tls_records_per_turn});
  while (server->has_buffered() && heard.size() < count) {
    ASSERT_GT(read(heard), 0);
  }
  EXPECT_EQ(heard.size(), count);
}

// s_server says where it listens when it is ready.
uint16_t port_of(const OpenSsl& server) {
  std::string heard = server.hear("ACCEPT");
  const size_t at = heard.find("ACCEPT 127.0.0.1:");
  return at == std::string::npos ? uint16_t{0} : static_cast<uint16_t>(std::stoi(heard.substr(at + 17)));
}
UniqueFd connect_to(uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::fcntl(fd.get(), F_SETFL, O_NONBLOCK), 0);
  return fd;
}
std::vector<std::string> server_arguments() {
  return {"s_server", "-accept", "127.0.0.1:0", "-psk", std::string(key_hex), "-psk_identity", std::string(identity),
          "-nocert",  "-tls1_3"};
}

TEST(TlsStreamWithOpenssl, s_server_lets_us_in) {
  const OpenSsl server(server_arguments());
  const uint16_t port = port_of(server);
  ASSERT_NE(port, 0);
  auto client = TlsStream::connect(connect_to(port), tls_test::psk(std::string(identity), HashId::Sha256, key_fill),
                                   tls_test::clock());
  ASSERT_TRUE(client.has_value());
  ASSERT_EQ(finish(**client), TlsStream::Handshake::Done) << (*client)->failure();
  const std::string words = "from our client\n";
  const iovec piece{const_cast<char*>(words.data()), words.size()};
  EXPECT_EQ((*client)->write(&piece, 1), static_cast<ssize_t>(words.size()));
  EXPECT_NE(server.hear(words).find(words), std::string::npos);
  // It sends tickets that nobody asked for, then this; "K" has it change its keys, which we follow and answer.
  server.say("from s_server\n");
  EXPECT_EQ(read_line(**client), "from s_server\n");
  server.say("K\n");
  EXPECT_TRUE(wait_for((*client)->fd(), POLLIN));  // else it would take both lines for one
  server.say("after the change\n");
  EXPECT_EQ(read_line(**client), "after the change\n");
  EXPECT_EQ((*client)->write(&piece, 1), static_cast<ssize_t>(words.size()));
  EXPECT_NE(server.hear(words).find(words), std::string::npos);
}

TEST(TlsStreamWithOpenssl, s_server_with_another_key_is_not_trusted) {
  const OpenSsl server(server_arguments());
  const uint16_t port = port_of(server);
  ASSERT_NE(port, 0);
  auto client =
      TlsStream::connect(connect_to(port), tls_test::psk(std::string(identity), HashId::Sha256, 1), tls_test::clock());
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(finish(**client), TlsStream::Handshake::Failed);
}

// A certificate, whoever signed it, is no pre-shared key.
TEST(TlsStreamWithOpenssl, s_server_with_a_certificate_is_not_trusted) {
  const std::string file = testing::TempDir() + "tls_openssl_test_" + std::to_string(::getpid()) + ".pem";
  const OpenSsl maker({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                       file, "-out", "-", "-subj", "/CN=localhost"});
  const std::string certificate = maker.hear("-----END CERTIFICATE-----\n");
  UniqueFd out(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  ASSERT_EQ(::write(out.get(), certificate.data(), certificate.size()), static_cast<ssize_t>(certificate.size()));
  out.reset();
  const OpenSsl server({"s_server", "-accept", "127.0.0.1:0", "-cert", file, "-key", file, "-tls1_3"});
  const uint16_t port = port_of(server);
  ::unlink(file.c_str());
  ASSERT_NE(port, 0);
  auto client = TlsStream::connect(connect_to(port), tls_test::psk(std::string(identity), HashId::Sha256, key_fill),
                                   tls_test::clock());
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(finish(**client), TlsStream::Handshake::Failed);
  EXPECT_NE((*client)->failure().find("certificate"), std::string::npos) << (*client)->failure();
}

}  // namespace
}  // namespace outrigger::nvme_tcp
