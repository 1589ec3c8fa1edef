// Streams of bytes that are no vhost-user, too much of everything, and too little. And the channel for our
// requests.
#include "vhost_user/session_fixture.h"

#include <filesystem>

namespace outrigger::vhost_user {
namespace {

class SessionHostileTest : public SessionFixture {
 protected:
  static size_t open_fd_count() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      ++count;
    }
    return count;
  }
  void send_bytes(std::span<const std::byte> bytes, std::span<const int> fds = {}) {
    front_end->send_raw(bytes, fds);
    front_end->settle();
  }
};

TEST_F(SessionHostileTest, a_message_in_pieces_is_understood) {
  const auto frame = ScriptedFrontEnd::frame(RequestId::SetFeatures, 1, ScriptedFrontEnd::bytes_of(uint64_t{1} << 32));
  for (const std::byte& byte : frame) {
    EXPECT_EQ(device.negotiated, 0U);
    send_bytes(std::span(&byte, 1));
  }
  EXPECT_EQ(device.negotiated, 1ULL << 32);
}
TEST_F(SessionHostileTest, two_messages_in_one_piece_are_two) {
  auto both = ScriptedFrontEnd::frame(RequestId::GetFeatures, 1, {});
  const auto second = ScriptedFrontEnd::frame(RequestId::GetQueueNum, 1, {});
  both.insert(both.end(), second.begin(), second.end());
  send_bytes(both);
  EXPECT_EQ(front_end->receive()->header.request, 1U);
  EXPECT_EQ(front_end->receive()->header.request, 17U);
}
TEST_F(SessionHostileTest, half_a_message_is_not_waited_for_longer_than_its_limit) {
  const auto frame = ScriptedFrontEnd::frame(RequestId::SetFeatures, 1, ScriptedFrontEnd::bytes_of(uint64_t{0}));
  for (const size_t size : {1UL, 11UL, 12UL, 19UL}) {
    front_end->hang_up();
    connect();
    send_bytes(std::span(frame).first(size));
    clock.advance(half_message_timeout_ns - 1);
    front_end->settle();
    EXPECT_FALSE(has_ended()) << size;
    clock.advance(2);
    front_end->settle();
    ASSERT_TRUE(has_ended()) << size;
    EXPECT_EQ(end->code, Code::DeadlineExceeded);
  }
}
TEST_F(SessionHostileTest, silence_is_no_offence) {
  clock.advance(1000 * half_message_timeout_ns);
  front_end->settle();
  EXPECT_FALSE(has_ended());
}
TEST_F(SessionHostileTest, a_hang_up_in_mid_message_is_told_apart) {
  const auto frame = ScriptedFrontEnd::frame(RequestId::SetFeatures, 1, ScriptedFrontEnd::bytes_of(uint64_t{0}));
  send_bytes(std::span(frame).first(15));
  front_end->hang_up();
  ASSERT_TRUE(has_ended());
  EXPECT_NE(end->what.find("mid-message"), std::string::npos);
}
TEST_F(SessionHostileTest, bytes_that_are_no_vhost_user_end_the_session) {
  const std::string text = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  send_bytes(std::as_bytes(std::span(text)));
  EXPECT_TRUE(has_ended());
}
TEST_F(SessionHostileTest, too_many_descriptors_end_the_session_and_none_leaks) {
  const size_t before = open_fd_count();
  for (const size_t count : {9UL, 32UL, 33UL, 200UL}) {
    front_end->hang_up();
    connect();
    const std::vector<int> many(count, memory.get());
    front_end->send_raw(ScriptedFrontEnd::frame(RequestId::SetMemTable, 1, used_part(table({region()}))), many);
    front_end->settle();
    EXPECT_TRUE(has_ended()) << count;
  }
  EXPECT_EQ(open_fd_count(), before);
}
TEST_F(SessionHostileTest, descriptors_with_the_middle_of_a_message_end_the_session) {
  const auto frame = ScriptedFrontEnd::frame(RequestId::SetFeatures, 1, ScriptedFrontEnd::bytes_of(uint64_t{0}));
  send_bytes(std::span(frame).first(14));
  const int fd = memory.get();
  send_bytes(std::span(frame).subspan(14), std::span(&fd, 1));
  EXPECT_TRUE(has_ended());
}
TEST_F(SessionHostileTest, no_descriptor_leaks_over_many_sessions) {
  const size_t before = open_fd_count();
  for (int i = 0; i < 20; ++i) {
    front_end->hang_up();
    connect();
    negotiate();
    share_memory();
    describe_ring(0);
    EXPECT_TRUE(device.queues[0].is_running);
  }
  front_end->hang_up();
  device.queues = std::vector<RecordingDevice::Queue>(4);
  connect();
  EXPECT_LE(open_fd_count(), before);
}
TEST_F(SessionHostileTest, a_flood_does_not_keep_the_core_to_itself) {
  std::vector<std::byte> flood;
  const auto one = ScriptedFrontEnd::frame(RequestId::SetOwner, 1, {});
  for (int i = 0; i < 1000; ++i) {
    flood.insert(flood.end(), one.begin(), one.end());
  }
  front_end->send_raw(flood);
  uint32_t turns = 0;
  while (reactor->run_turn() != 0) {
    ++turns;
  }
  EXPECT_GE(turns, 1000 / messages_per_turn_max);
  EXPECT_FALSE(has_ended());
}
TEST_F(SessionHostileTest, a_front_end_that_takes_no_replies_loses_its_session) {
  const auto one = ScriptedFrontEnd::frame(RequestId::GetFeatures, 1, {});
  const int flags = ::fcntl(front_end->fd(), F_GETFL);
  ::fcntl(front_end->fd(), F_SETFL, flags | O_NONBLOCK);
  for (int i = 0; i < 20000; ++i) {
    front_end->send_raw(one);
    reactor->run_turn();
  }
  front_end->settle();
  EXPECT_FALSE(has_ended());
  clock.advance(reply_timeout_ns + 1);
  front_end->settle();
  ASSERT_TRUE(has_ended());
  EXPECT_EQ(end->code, Code::DeadlineExceeded);
}

class BackendRequestTest : public SessionFixture {
 protected:
  void open_channel(uint64_t protocol_features = offered_protocol_features) {
    auto [ours, theirs] = socket_pair();
    channel = std::move(theirs);
    negotiate(protocol_features);
    front_end->send(RequestId::SetBackendReqFd, {}, {ours.get()});
    ConfigDescription config;
    config.header = {.offset = 0, .size = 60, .flags = 0};
    front_end->ask(RequestId::GetConfig, ScriptedFrontEnd::bytes_of(config).first(72));
    share_memory();
    describe_ring(0);
    ASSERT_TRUE(device.queues[0].is_running);
  }
  std::optional<Header> request() {
    Header header;
    return ::recv(channel.get(), &header, sizeof(header), MSG_DONTWAIT) == sizeof(header) ? std::optional(header)
                                                                                          : std::nullopt;
  }
  void reply(uint32_t id = 2, uint64_t value = 0) {
    struct {
      Header header;
      uint32_t value[2];
    } answer{{id, 0x5, 8}, {static_cast<uint32_t>(value), 0}};
    ASSERT_EQ(::send(channel.get(), &answer, 20, MSG_NOSIGNAL), 20);
    front_end->settle();
  }
  UniqueFd channel;
};

TEST_F(BackendRequestTest, CONFIG_CHANGE_MSG_follows_a_change) {
  open_channel();
  EXPECT_FALSE(request().has_value()) << "the front end has just read it";
  device.listener->config_changed();
  const auto seen = request();
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->request, 2U);
  EXPECT_EQ(seen->flags, 0x9U);
  EXPECT_EQ(seen->size, 0U);
}
TEST_F(BackendRequestTest, notices_merge_while_one_is_not_acknowledged) {
  open_channel();
  for (int i = 0; i < 100; ++i) {
    device.listener->config_changed();
  }
  EXPECT_TRUE(request().has_value());
  EXPECT_FALSE(request().has_value());
  reply();
  EXPECT_TRUE(request().has_value());
  EXPECT_FALSE(request().has_value());
  reply();
  EXPECT_FALSE(request().has_value());
}
TEST_F(BackendRequestTest, without_REPLY_ACK_no_reply_is_asked_for) {
  open_channel(offered_protocol_features & ~bit(ProtocolFeature::ReplyAck));
  device.listener->config_changed();
  EXPECT_EQ(request()->flags, 0x1U);
  device.listener->config_changed();
  EXPECT_TRUE(request().has_value());
}
TEST_F(BackendRequestTest, a_suspended_device_is_silent_until_a_ring_starts) {
  open_channel();
  front_end->ask(RequestId::GetVringBase, ScriptedFrontEnd::bytes_of(VringState{0, 0}));
  device.listener->config_changed();
  EXPECT_FALSE(request().has_value());
  kick(0);
  EXPECT_TRUE(request().has_value());
}
TEST_F(BackendRequestTest, a_front_end_that_did_not_read_the_configuration_is_told_of_it) {
  auto [ours, theirs] = socket_pair();
  channel = std::move(theirs);
  negotiate();
  front_end->send(RequestId::SetBackendReqFd, {}, {ours.get()});
  share_memory();
  describe_ring(0);
  EXPECT_TRUE(request().has_value()) << "it may have changed while we were away";
}
TEST_F(BackendRequestTest, a_front_end_that_breaks_the_channel_keeps_its_session) {
  open_channel();
  reply(7);
  device.listener->config_changed();
  EXPECT_FALSE(request().has_value());
  EXPECT_FALSE(has_ended());
}
TEST_F(BackendRequestTest, an_acknowledgement_that_never_comes_closes_the_channel) {
  open_channel();
  device.listener->config_changed();
  ASSERT_TRUE(request().has_value());
  clock.advance(backend_reply_timeout_ns + 1);
  front_end->settle();
  char byte = 0;
  EXPECT_EQ(::recv(channel.get(), &byte, 1, MSG_DONTWAIT), 0);
  EXPECT_FALSE(has_ended());
}
TEST_F(BackendRequestTest, a_channel_that_is_no_socket_does_no_harm) {
  negotiate();
  front_end->send(RequestId::SetBackendReqFd, {}, {memory.get()});
  front_end->send(RequestId::SetBackendReqFd, {}, {kick_fd.get()});
  share_memory();
  describe_ring(0);
  device.listener->config_changed();
  front_end->settle();
  EXPECT_FALSE(has_ended());
}

}  // namespace
}  // namespace outrigger::vhost_user
