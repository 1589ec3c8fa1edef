// TLS streams of ours with each other over socket pairs: handshakes that work and that must not, data in any pieces
// over sockets of any size, and ends of every kind.
#include "nvme_tcp/tls_stream.h"

#include "nvme_tcp/limits.h"
#include "nvme_tcp/tls_test_peer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

namespace outrigger::nvme_tcp {
namespace {

using nvme_auth::HashId;

struct Pair {
  explicit Pair(HashId hash = HashId::Sha256, int socket_bytes = 0) {
    auto [a, b] = tls_test::socket_pair(socket_bytes);
    keys.known.push_back(tls_test::psk("NVMe0R01 host subsystem", HashId::Sha256, 1));
    keys.known.push_back(tls_test::psk("NVMe0R02 host subsystem", HashId::Sha384, 2));
    open(std::move(a), std::move(b), hash == HashId::Sha256 ? keys.known[0] : keys.known[1]);
  }
  Pair(const nvme_auth::TlsPsk& of_client, const nvme_auth::TlsPsk& of_server) {
    auto [a, b] = tls_test::socket_pair(0);
    keys.known.push_back(tls_test::copy_of(of_server));
    open(std::move(a), std::move(b), of_client);
  }
  void open(UniqueFd a, UniqueFd b, const nvme_auth::TlsPsk& psk) {
    auto accepted = TlsStream::accept(std::move(a), keys, tls_test::clock());
    auto connected = TlsStream::connect(std::move(b), tls_test::copy_of(psk), tls_test::clock());
    EXPECT_TRUE(accepted.has_value() && connected.has_value());
    server = std::move(*accepted);
    client = std::move(*connected);
  }
  // True: both are done.
  bool shake_hands() const {
    using Handshake = TlsStream::Handshake;
    for (int turns = 0; turns < 1000; ++turns) {
      const Handshake theirs = client->handshake();
      const Handshake ours = server->handshake();
      if ((theirs == Handshake::Done || theirs == Handshake::Failed) &&
          (ours == Handshake::Done || ours == Handshake::Failed)) {
        return theirs == Handshake::Done && ours == Handshake::Done;
      }
    }
    ADD_FAILURE() << "the handshake does not end";
    return false;
  }

  tls_test::Keys keys;
  std::unique_ptr<TlsStream> server;
  std::unique_ptr<TlsStream> client;
};

ssize_t write_text(TlsStream& stream, std::string_view text) {
  const iovec piece{const_cast<char*>(text.data()), text.size()};
  return stream.write(&piece, 1);
}
ssize_t read_some(TlsStream& stream, std::span<char> into) {
  const iovec piece{into.data(), into.size()};
  return stream.read(&piece, 1);
}
std::string read_text(TlsStream& stream) {
  std::array<char, 256> room{};
  const ssize_t bytes = read_some(stream, room);
  return bytes > 0 ? std::string(room.data(), static_cast<size_t>(bytes)) : std::string();
}

TEST(TlsStream, both_suites_carry_data_both_ways) {
  for (const HashId hash : {HashId::Sha256, HashId::Sha384}) {
    const Pair pair(hash);
    ASSERT_TRUE(pair.shake_hands()) << pair.server->failure() << " / " << pair.client->failure();
    EXPECT_EQ(pair.server->hash(), hash);
    EXPECT_EQ(pair.server->identity(), hash == HashId::Sha256 ? "NVMe0R01 host subsystem" : "NVMe0R02 host subsystem");
    EXPECT_EQ(write_text(*pair.client, "hello"), 5);
    EXPECT_EQ(read_text(*pair.server), "hello");
    EXPECT_EQ(write_text(*pair.server, "good day"), 8);
    EXPECT_EQ(read_text(*pair.client), "good day");
    std::array<char, 8> room{};
    EXPECT_EQ(read_some(*pair.client, room), -EAGAIN);
  }
}

// Any stranger may begin a handshake, and leave it at that.
TEST(TlsStream, buffers_are_small_until_the_handshake_is_done) {
  const Pair pair;
  EXPECT_LE(pair.server->buffer_bytes(), 2 * tls_handshake_bytes);
  EXPECT_EQ(pair.client->handshake(), TlsStream::Handshake::WantsRead);
  EXPECT_EQ(pair.server->handshake(), TlsStream::Handshake::WantsRead);
  EXPECT_LE(pair.server->buffer_bytes(), 2 * tls_handshake_bytes);
  ASSERT_TRUE(pair.shake_hands());
  EXPECT_GT(pair.server->buffer_bytes(), tls_receive_bytes);
}

// A ClientHello that is longer than the buffer, up to what one record can be.
TEST(TlsStream, buffers_grow_for_a_long_record) {
  auto [a, b] = tls_test::socket_pair(1 << 16);
  tls_test::Keys keys;
  auto server = TlsStream::accept(std::move(a), keys, tls_test::clock());
  ASSERT_TRUE(server.has_value());
  std::array<uint8_t, 16389> record{0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0x00, 0x3F, 0xFC};
  for (size_t at = 0; at < record.size(); at += 1000) {
    const size_t piece = std::min<size_t>(1000, record.size() - at);
    ASSERT_EQ(::send(b.get(), record.data() + at, piece, MSG_NOSIGNAL), static_cast<ssize_t>(piece));
    EXPECT_EQ((*server)->handshake(),
              at + piece < record.size() ? TlsStream::Handshake::WantsRead : TlsStream::Handshake::Failed)
        << at;
    EXPECT_LE((*server)->buffer_bytes(), record.size() + tls_handshake_bytes);
  }
}

TEST(TlsStream, a_handshake_with_turns_computes_in_its_turn) {
  auto [a, b] = tls_test::socket_pair(0);
  tls_test::Keys keys;
  keys.known.push_back(tls_test::psk("NVMe0R01 host subsystem", HashId::Sha256, 1));
  auto server = TlsStream::accept(std::move(a), keys, tls_test::clock(), true);
  auto client = TlsStream::connect(std::move(b), tls_test::copy_of(keys.known[0]), tls_test::clock());
  ASSERT_TRUE(server.has_value() && client.has_value());
  EXPECT_EQ((*server)->handshake(), TlsStream::Handshake::WantsRead);
  EXPECT_FALSE((*server)->needs_turn()) << "nothing came";
  EXPECT_EQ((*client)->handshake(), TlsStream::Handshake::WantsRead);
  std::array<char, 8> room{};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(read_some(**server, room), -EAGAIN);
    EXPECT_TRUE((*server)->needs_turn());
    EXPECT_FALSE((*server)->has_buffered()) << "reading is of no use";
  }
  EXPECT_EQ(keys.asked, 0U);
  (*server)->take_turn();
  EXPECT_EQ(keys.asked, 1U);
  EXPECT_FALSE((*server)->needs_turn());
  EXPECT_EQ((*client)->handshake(), TlsStream::Handshake::Done);
  EXPECT_EQ((*server)->handshake(), TlsStream::Handshake::Done) << "one turn is enough";
}

TEST(TlsStream, reads_and_writes_shake_hands_on_the_way) {
  const Pair pair;
  std::array<char, 8> room{};
  EXPECT_EQ(write_text(*pair.client, "early"), -EAGAIN);
  EXPECT_EQ(read_some(*pair.server, room), -EAGAIN);
  EXPECT_EQ(write_text(*pair.client, "early"), 5);
  EXPECT_EQ(read_some(*pair.server, room), 5);
}

// What crosses the wire is not what was written.
TEST(TlsStream, nothing_is_sent_in_clear) {
  const Pair pair;
  ASSERT_TRUE(pair.shake_hands());
  const int watched = pair.server->fd();
  EXPECT_EQ(write_text(*pair.client, "the secret words"), 16);
  std::array<char, 512> wire{};
  const ssize_t bytes = ::recv(watched, wire.data(), wire.size(), MSG_PEEK | MSG_DONTWAIT);
  ASSERT_GT(bytes, 16);
  EXPECT_EQ(std::string_view(wire.data(), static_cast<size_t>(bytes)).find("secret"), std::string_view::npos);
}

TEST(TlsStream, a_wrong_key_and_an_unknown_identity_get_the_same_answer) {
  for (const HashId hash : {HashId::Sha256, HashId::Sha384}) {
    const std::string identity = hash == HashId::Sha256 ? "NVMe0R01 host subsystem" : "NVMe0R02 host subsystem";
    const Pair wrong(tls_test::psk(identity, hash, 7), tls_test::psk(identity, hash, 8));
    EXPECT_FALSE(wrong.shake_hands());
    const Pair unknown(tls_test::psk(identity, hash, 7), tls_test::psk("NVMe0R01 other subsystem", hash, 7));
    EXPECT_FALSE(unknown.shake_hands());
    EXPECT_EQ(wrong.client->failure(), unknown.client->failure());
    EXPECT_NE(wrong.client->failure(), "");
    EXPECT_NE(wrong.server->failure(), unknown.server->failure());
    EXPECT_EQ(unknown.server->failure().find(identity), std::string::npos);
    std::array<char, 8> room{};
    EXPECT_EQ(read_some(*wrong.server, room), -EPROTO);
    EXPECT_EQ(write_text(*wrong.server, "x"), -EPROTO);
    EXPECT_EQ(write_text(*wrong.client, "x"), -EPROTO);
    EXPECT_FALSE(wrong.server->has_buffered());
  }
}

TEST(TlsStream, a_key_is_of_one_hash) {
  // The server has the identity with the other suite's key.
  const Pair pair(tls_test::psk("NVMe0R01 host subsystem", HashId::Sha256, 1),
                  tls_test::psk("NVMe0R01 host subsystem", HashId::Sha384, 1));
  EXPECT_FALSE(pair.shake_hands());
}

TEST(TlsStream, connect_refuses_what_is_no_key) {
  auto [a, b] = tls_test::socket_pair(0);
  auto psk = tls_test::psk("identity", HashId::Sha256, 1);
  psk.hash = HashId::Sha384;
  EXPECT_FALSE(TlsStream::connect(std::move(a), std::move(psk), tls_test::clock()).has_value());
  EXPECT_FALSE(TlsStream::connect(std::move(b), tls_test::psk("", HashId::Sha256, 1), tls_test::clock()).has_value());
}

// Moves `total` bytes in pieces of `write_piece`, read in pieces of `read_piece`, through sockets that hold little.
void transfer(size_t total, size_t write_piece, size_t read_piece, size_t pieces_per_write, int socket_bytes) {
  const Pair pair(HashId::Sha384, socket_bytes);
  ASSERT_TRUE(pair.shake_hands());
  std::vector<uint8_t> sent(total);
  for (size_t i = 0; i < total; ++i) {
    sent[i] = static_cast<uint8_t>(i * 31 + i / 251);
  }
  std::vector<uint8_t> received(total);
  size_t written = 0;
  size_t read = 0;
  size_t blocked = 0;
  for (size_t turns = 0; read < total && turns < 4'000'000; ++turns) {
    std::vector<iovec> pieces;
    for (size_t at = written; at < total && pieces.size() < pieces_per_write; at += write_piece) {
      pieces.push_back({sent.data() + at, std::min(write_piece, total - at)});
    }
    if (!pieces.empty()) {
      const ssize_t bytes = pair.client->write(pieces.data(), pieces.size());
      ASSERT_TRUE(bytes > 0 || bytes == -EAGAIN) << bytes << ' ' << pair.client->failure();
      written += bytes > 0 ? static_cast<size_t>(bytes) : 0;
      blocked += bytes == -EAGAIN ? 1 : 0;
    } else {
      static_cast<void>(pair.client->write(nullptr, 0));
    }
    iovec into[2] = {{received.data() + read, std::min(read_piece, total - read)}, {nullptr, 0}};
    const ssize_t bytes = pair.server->read(into, 2);
    ASSERT_TRUE(bytes > 0 || bytes == -EAGAIN) << bytes << ' ' << pair.server->failure();
    read += bytes > 0 ? static_cast<size_t>(bytes) : 0;
  }
  EXPECT_EQ(written, total);
  EXPECT_EQ(received, sent);
  if (socket_bytes != 0) {
    EXPECT_GT(blocked, 0U);
  }
}

TEST(TlsStream, much_data_through_small_sockets) { transfer(8U << 20, 128U << 10, 96U << 10, 3, 4096); }
TEST(TlsStream, much_data_through_ordinary_sockets) { transfer(32U << 20, 1U << 20, 1U << 20, 2, 0); }
TEST(TlsStream, many_small_pieces) { transfer(1U << 20, 72, 100, 64, 0); }
TEST(TlsStream, bytes_one_by_one) { transfer(3000, 1, 1, 1, 0); }

TEST(TlsStream, small_pieces_share_a_record) {
  const Pair pair;
  ASSERT_TRUE(pair.shake_hands());
  std::string text(100, 'x');
  std::vector<iovec> pieces(50, iovec{text.data(), text.size()});
  EXPECT_EQ(pair.client->write(pieces.data(), pieces.size()), 5000);
  std::array<char, 8192> wire{};
  const ssize_t bytes = ::recv(pair.server->fd(), wire.data(), wire.size(), MSG_PEEK | MSG_DONTWAIT);
  EXPECT_EQ(bytes, 5000 + 5 + 1 + 16);  // one header, one content type, one tag
}

TEST(TlsStream, says_what_lies_in_its_buffers) {
  const Pair pair;
  ASSERT_TRUE(pair.shake_hands());
  EXPECT_FALSE(pair.server->has_buffered());
  EXPECT_EQ(write_text(*pair.client, "one"), 3);
  EXPECT_EQ(write_text(*pair.client, "two"), 3);
  std::array<char, 1> room{};
  EXPECT_EQ(read_some(*pair.server, room), 1);
  // The socket is empty; "ne" and a record are ours.
  EXPECT_EQ(::recv(pair.server->fd(), room.data(), 1, MSG_PEEK | MSG_DONTWAIT), -1);
  EXPECT_TRUE(pair.server->has_buffered());
  EXPECT_EQ(read_text(*pair.server), "netwo");
  EXPECT_FALSE(pair.server->has_buffered());
}

// A piece of a record is nothing that could be read: a core that spun on it would never sleep.
TEST(TlsStream, a_piece_of_a_record_is_not_buffered_data) {
  auto [server_end, wire_of_server] = tls_test::socket_pair(0);
  auto [client_end, wire_of_client] = tls_test::socket_pair(0);
  Pair pair;
  pair.open(std::move(server_end), std::move(client_end), pair.keys.known[0]);
  const auto pump = [](int from, int to, size_t most) {
    std::vector<std::byte> bytes(most);
    const ssize_t count = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0) {
      EXPECT_EQ(::send(to, bytes.data(), static_cast<size_t>(count), MSG_NOSIGNAL), count);
    }
    return count;
  };
  for (int turns = 0; turns < 8; ++turns) {
    static_cast<void>(pair.client->handshake());
    static_cast<void>(pump(wire_of_client.get(), wire_of_server.get(), 65536));
    static_cast<void>(pair.server->handshake());
    static_cast<void>(pump(wire_of_server.get(), wire_of_client.get(), 65536));
  }
  ASSERT_TRUE(pair.shake_hands());
  EXPECT_EQ(write_text(*pair.client, "whole"), 5);
  for (int i = 0; i < 27; ++i) {
    std::array<char, 8> room{};
    EXPECT_EQ(read_some(*pair.server, room), -EAGAIN) << i;
    EXPECT_FALSE(pair.server->has_buffered()) << i;
    EXPECT_EQ(pump(wire_of_client.get(), wire_of_server.get(), 1), 1);
  }
  EXPECT_EQ(read_text(*pair.server), "whole");
  // A byte that was changed on the way.
  EXPECT_EQ(write_text(*pair.client, "whole"), 5);
  std::array<uint8_t, 64> record{};
  const ssize_t size = ::recv(wire_of_client.get(), record.data(), record.size(), 0);
  record[10] ^= 1;
  ASSERT_EQ(::send(wire_of_server.get(), record.data(), static_cast<size_t>(size), MSG_NOSIGNAL), size);
  std::array<char, 8> room{};
  EXPECT_EQ(read_some(*pair.server, room), -EPROTO);
  EXPECT_EQ(read_some(*pair.server, room), -EPROTO);
}

TEST(TlsStream, a_good_bye_is_an_end_and_a_broken_connection_is_none) {
  std::array<char, 8> room{};
  Pair pair;
  ASSERT_TRUE(pair.shake_hands());
  EXPECT_EQ(write_text(*pair.client, "last"), 4);
  pair.client.reset();
  EXPECT_EQ(read_some(*pair.server, room), 4);
  EXPECT_EQ(read_some(*pair.server, room), 0);
  EXPECT_EQ(read_some(*pair.server, room), 0);
  EXPECT_FALSE(pair.server->has_buffered());

  Pair broken;
  ASSERT_TRUE(broken.shake_hands());
  ::shutdown(broken.client->fd(), SHUT_RDWR);
  EXPECT_EQ(read_some(*broken.server, room), -ECONNRESET);
  EXPECT_NE(broken.server->failure().find("good-bye"), std::string::npos);
}

// No SIGPIPE, which would end the program.
TEST(TlsStream, writing_to_a_peer_that_has_gone_is_an_error) {
  Pair pair;
  ASSERT_TRUE(pair.shake_hands());
  pair.server.reset();
  ssize_t bytes = 0;
  for (int i = 0; i < 10 && bytes >= 0; ++i) {
    bytes = write_text(*pair.client, "anybody there?");
  }
  EXPECT_EQ(bytes, -EPIPE);
  EXPECT_EQ(write_text(*pair.client, "anybody there?"), -EPIPE);
}

TEST(TlsStream, a_peer_that_goes_amid_the_handshake_fails_it) {
  Pair pair;
  EXPECT_EQ(pair.client->handshake(), TlsStream::Handshake::WantsRead);
  EXPECT_EQ(pair.server->handshake(), TlsStream::Handshake::WantsRead);
  pair.client.reset();
  EXPECT_EQ(pair.server->handshake(), TlsStream::Handshake::Failed);
  std::array<char, 8> room{};
  EXPECT_LT(read_some(*pair.server, room), 0);
}

TEST(TlsStream, plaintext_from_the_peer_fails_at_once) {
  const std::string icreq = std::string("\x00\x00\x80\x00\x80\x00\x00\x00", 8) + std::string(120, '\0');
  const std::string long_record = std::string("\x16\x03\x01\xff\xff", 5) + std::string(100, 'x');
  const std::string no_hello = std::string("\x16\x03\x01\x00\x10", 5) + std::string(16, 'x');
  const std::string data = std::string("\x17\x03\x03\x00\x10", 5) + std::string(16, 'x');
  const std::string goodbye("\x15\x03\x03\x00\x02\x01\x00", 7);
  for (const std::string& garbage : {icreq, std::string("GET / HTTP/1.0\r\n\r\n"), long_record, no_hello, data, goodbye,
                                     std::string(70'000, '\x16'), std::string(300, '\xff')}) {
    auto [a, b] = tls_test::socket_pair(0);
    tls_test::Keys keys;
    auto server = TlsStream::accept(std::move(a), keys, tls_test::clock());
    ASSERT_TRUE(server.has_value());
    ASSERT_EQ(::send(b.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL), static_cast<ssize_t>(garbage.size()));
    EXPECT_EQ((*server)->handshake(), TlsStream::Handshake::Failed) << garbage.substr(0, 4);
    EXPECT_EQ(keys.asked, 0U);
    EXPECT_EQ((*server)->failure().substr(0, 5), "TLS: ");
  }
}

// It would be heard again and again until somebody's time-out.
TEST(TlsStream, a_good_bye_amid_the_handshake_fails_it) {
  auto [a, b] = tls_test::socket_pair(0);
  auto client =
      TlsStream::connect(std::move(a), tls_test::psk("NVMe0R01 host subsystem", HashId::Sha256, 1), tls_test::clock());
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ((*client)->handshake(), TlsStream::Handshake::WantsRead);
  ASSERT_EQ(::send(b.get(), "\x15\x03\x03\x00\x02\x01\x00", 7, MSG_NOSIGNAL), 7);
  EXPECT_EQ((*client)->handshake(), TlsStream::Handshake::Failed);
  EXPECT_NE((*client)->failure(), "");
}

// Every byte of the client's first flight turned over: no crash, no handshake that works.
TEST(TlsStream, a_changed_client_hello_never_works) {
  auto [wire, client_end] = tls_test::socket_pair(0);
  tls_test::Keys keys;
  keys.known.push_back(tls_test::psk("NVMe0R01 host subsystem", HashId::Sha256, 1));
  auto client = TlsStream::connect(std::move(client_end), tls_test::copy_of(keys.known[0]), tls_test::clock());
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ((*client)->handshake(), TlsStream::Handshake::WantsRead);
  std::array<uint8_t, 4096> hello{};
  const ssize_t size = ::recv(wire.get(), hello.data(), hello.size(), MSG_DONTWAIT);
  ASSERT_GT(size, 100);
  for (size_t at = 0; at < static_cast<size_t>(size); ++at) {
    auto changed = hello;
    changed[at] ^= 0x55;
    auto [a, b] = tls_test::socket_pair(0);
    auto server = TlsStream::accept(std::move(a), keys, tls_test::clock());
    ASSERT_EQ(::send(b.get(), changed.data(), static_cast<size_t>(size), MSG_NOSIGNAL), size);
    EXPECT_NE((*server)->handshake(), TlsStream::Handshake::Done) << at;
    ::shutdown(b.get(), SHUT_WR);
    EXPECT_EQ((*server)->handshake(), TlsStream::Handshake::Failed) << at;
  }
}

}  // namespace
}  // namespace outrigger::nvme_tcp
