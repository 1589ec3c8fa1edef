// A session, message by message: vhost-user, "Front-end message types".
#include "vhost_user/session_fixture.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

namespace outrigger::vhost_user {
namespace {

using ::testing::Test;
using Journal = std::vector<std::string>;

class SessionTest : public SessionFixture {};

TEST_F(SessionTest, GET_FEATURES_offers_the_device_s_and_the_transport_s_bits) {
  const auto answer = front_end->ask(RequestId::GetFeatures);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->header.request, 1U);
  EXPECT_EQ(answer->header.flags, 0x5U);
  EXPECT_EQ(answer->as<uint64_t>(), RecordingDevice::all_features | (1ULL << 30) | (1ULL << 26));
}
TEST_F(SessionTest, SET_FEATURES_passes_the_device_s_bits_and_refuses_others) {
  front_end->say(RequestId::SetFeatures, uint64_t{(1ULL << 32) | feature::ProtocolFeatures | feature::LogAll});
  EXPECT_EQ(device.negotiated, 1ULL << 32);
  front_end->say(RequestId::SetFeatures, uint64_t{1ULL << 40});
  ASSERT_TRUE(has_ended()) << "there is no other way to say no";
  EXPECT_EQ(end->code, Code::InvalidArgument);
}
TEST_F(SessionTest, SET_FEATURES_cannot_change_under_a_running_ring) {
  start_ring();
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetFeatures,
                                        ScriptedFrontEnd::bytes_of(uint64_t{1ULL << 32 | feature::ProtocolFeatures})),
            1U);
  EXPECT_TRUE(device.queues[0].is_running);
  EXPECT_FALSE(has_ended());
}
TEST_F(SessionTest, SET_FEATURES_without_protocol_features_enables_all_rings) {
  share_memory();
  front_end->say(RequestId::SetVringNum, VringState{0, ring_size});
  front_end->say(RequestId::SetVringAddr, address(0));
  kick(0);
  EXPECT_FALSE(device.queues[0].is_running);
  front_end->say(RequestId::SetFeatures, uint64_t{1ULL << 32});
  EXPECT_TRUE(device.queues[0].is_running);
}
TEST_F(SessionTest, GET_PROTOCOL_FEATURES_and_SET_PROTOCOL_FEATURES) {
  const auto answer = front_end->ask(RequestId::GetProtocolFeatures);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->as<uint64_t>(), offered_protocol_features);
  for (const unsigned wanted : {0U, 1U, 3U, 5U, 9U, 12U, 13U, 15U, 16U}) {
    EXPECT_NE(answer->as<uint64_t>() & (1ULL << wanted), 0U) << wanted;
  }
  front_end->say(RequestId::SetProtocolFeatures, uint64_t{1ULL << 63});
  EXPECT_TRUE(has_ended());
}
TEST_F(SessionTest, SET_OWNER_is_acknowledged) {
  front_end->say(RequestId::SetProtocolFeatures, bit(ProtocolFeature::ReplyAck));
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetOwner), 0U);
}
TEST_F(SessionTest, REPLY_ACK_counts_only_when_negotiated) {
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetOwner), std::nullopt);
  front_end->say(RequestId::SetProtocolFeatures, bit(ProtocolFeature::ReplyAck));
  EXPECT_FALSE(front_end->ask(RequestId::SetOwner).has_value()) << "and only when it is asked for";
}
TEST_F(SessionTest, GET_QUEUE_NUM_gives_the_device_s_number) {
  EXPECT_EQ(front_end->ask(RequestId::GetQueueNum)->as<uint64_t>(), 4U);
}
TEST_F(SessionTest, an_unknown_request_is_refused_when_that_can_be_said) {
  front_end->say(RequestId::SetProtocolFeatures, bit(ProtocolFeature::ReplyAck));
  EXPECT_EQ(front_end->ask_acknowledged(static_cast<RequestId>(33)), 1U);
  EXPECT_FALSE(has_ended());
  front_end->send(static_cast<RequestId>(33));
  EXPECT_TRUE(has_ended());
}
TEST_F(SessionTest, a_request_whose_protocol_feature_was_not_negotiated_is_refused) {
  front_end->say(RequestId::SetProtocolFeatures, bit(ProtocolFeature::ReplyAck));
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::ResetDevice), 1U);
  EXPECT_FALSE(has_ended());
  front_end->send(RequestId::GetMaxMemSlots);
  EXPECT_TRUE(has_ended());
}

TEST_F(SessionTest, a_ring_starts_with_everything_it_was_told) {
  negotiate();
  share_memory();
  front_end->say(RequestId::SetVringBase, VringState{1, 77});
  front_end->say(RequestId::SetVringNum, VringState{1, ring_size});
  front_end->say(RequestId::SetVringAddr, address(1));
  front_end->say(RequestId::SetVringCall, uint64_t{1}, {call_fd.get()});
  kick(1);
  EXPECT_FALSE(device.queues[1].is_running) << "not enabled yet";
  enable(1);
  ASSERT_TRUE(device.queues[1].is_running);
  const auto& setup = device.queues[1].setup;
  EXPECT_EQ(setup.size, ring_size);
  EXPECT_EQ(setup.base.value, 77U);
  std::byte* const host = device.memory.memory->translate(guest_base, 1);
  EXPECT_EQ(setup.descriptors, host + 0x10000);
  EXPECT_EQ(setup.driver_area, host + 0x12000);
  EXPECT_EQ(setup.device_area, host + 0x14000);
  EXPECT_EQ(setup.used_log.address, guest_base + 0x14000);
  EXPECT_FALSE(setup.used_log.is_wanted);
  EXPECT_TRUE(setup.inflight.bytes.empty());
  const uint64_t one = 1;
  uint64_t seen = 0;
  ASSERT_EQ(::write(kick_fd.get(), &one, 8), 8);
  EXPECT_EQ(::read(setup.kick_fd.get(), &seen, 8), 8) << "the same eventfd";
}
TEST_F(SessionTest, the_order_of_a_strict_front_end_SET_VRING_ENABLE_first) {
  front_end->say(RequestId::SetProtocolFeatures, bit(ProtocolFeature::Mq) | bit(ProtocolFeature::Config));
  front_end->say(RequestId::SetFeatures, uint64_t{(1ULL << 32) | feature::ProtocolFeatures});
  enable(0);
  front_end->say(RequestId::SetVringCall, uint64_t{0}, {call_fd.get()});
  share_memory();
  front_end->say(RequestId::SetVringNum, VringState{0, ring_size});
  front_end->say(RequestId::SetVringBase, VringState{0, 0});
  front_end->say(RequestId::SetVringAddr, address(0));
  EXPECT_FALSE(device.queues[0].is_running);
  kick(0);
  EXPECT_TRUE(device.queues[0].is_running);
}
TEST_F(SessionTest, memory_may_come_last) {
  negotiate();
  describe_ring(0);
  EXPECT_FALSE(device.queues[0].is_running);
  share_memory();
  EXPECT_TRUE(device.queues[0].is_running);
}
TEST_F(SessionTest, every_order_of_the_messages_that_a_ring_needs_starts_it) {
  std::vector<int> order{0, 1, 2, 3, 4};
  do {
    front_end->hang_up();
    connect();
    negotiate();
    for (const int step : order) {
      EXPECT_FALSE(device.queues[0].is_running);
      switch (step) {
        case 0: share_memory(); break;
        case 1: front_end->say(RequestId::SetVringNum, VringState{0, ring_size}); break;
        case 2: front_end->say(RequestId::SetVringAddr, address(0)); break;
        case 3: kick(0); break;
        default: enable(0); break;
      }
    }
    ASSERT_TRUE(device.queues[0].is_running) << testing::PrintToString(order);
  } while (std::next_permutation(order.begin(), order.end()));
}
TEST_F(SessionTest, SET_VRING_NUM_bounds) {
  negotiate();
  for (const uint32_t wrong : {0U, 1025U, 65536U, UINT32_MAX}) {
    EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetVringNum, ScriptedFrontEnd::bytes_of(VringState{0, wrong})), 1U)
        << wrong;
  }
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetVringNum, ScriptedFrontEnd::bytes_of(VringState{4, 128})), 1U)
      << "there is no ring 4";
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetVringNum, ScriptedFrontEnd::bytes_of(VringState{3, 1024})), 0U);
}
TEST_F(SessionTest, SET_VRING_NUM_that_is_no_power_of_two_does_for_packed_rings_only) {
  negotiate();
  share_memory();
  describe_ring(0);
  front_end->ask(RequestId::GetVringBase, ScriptedFrontEnd::bytes_of(VringState{0, 0}));
  front_end->say(RequestId::SetVringNum, VringState{0, 100});
  kick(0);
  EXPECT_FALSE(device.queues[0].is_running);
  front_end->say(RequestId::SetFeatures, uint64_t{RecordingDevice::all_features | feature::ProtocolFeatures});
  EXPECT_TRUE(device.queues[0].is_running);
}
TEST_F(SessionTest, SET_VRING_NUM_and_SET_VRING_BASE_of_a_running_ring_are_refused) {
  start_ring();
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetVringNum, ScriptedFrontEnd::bytes_of(VringState{0, 64})), 1U);
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetVringBase, ScriptedFrontEnd::bytes_of(VringState{0, 3})), 1U);
  EXPECT_TRUE(device.queues[0].is_running);
}
TEST_F(SessionTest, SET_VRING_ADDR_outside_memory_or_misaligned_keeps_the_ring_from_starting) {
  negotiate();
  share_memory();
  describe_ring(0);
  front_end->ask(RequestId::GetVringBase, ScriptedFrontEnd::bytes_of(VringState{0, 0}));
  const auto good = address(0);
  const auto try_address = [&](VringAddress wrong) {
    front_end->say(RequestId::SetVringAddr, wrong);
    kick(0);
    EXPECT_FALSE(device.queues[0].is_running);
    EXPECT_FALSE(has_ended());
  };
  for (const uint64_t far : {uint64_t{0}, user_base - 16, user_base + memory_bytes - 16, UINT64_MAX - 15}) {
    auto wrong = good;
    wrong.descriptor = far;
    try_address(wrong);
    wrong = good;
    wrong.available = far;
    try_address(wrong);
    wrong = good;
    wrong.used = far;
    try_address(wrong);
  }
  auto odd = good;
  odd.descriptor += 8;
  try_address(odd);
  odd = good;
  odd.available += 1;
  try_address(odd);
  odd = good;
  odd.used += 2;
  try_address(odd);
  front_end->say(RequestId::SetVringAddr, good);
  EXPECT_TRUE(device.queues[0].is_running) << "and the right address starts it";
}
TEST_F(SessionTest, SET_VRING_ADDR_of_a_running_ring_moves_it_without_loss) {
  start_ring();
  device.queues[0].base.value = 12;
  front_end->say(RequestId::SetVringAddr, address(0));
  EXPECT_EQ(device.take_journal(), Journal{}) << "nothing new was said";
  auto moved = address(0);
  moved.used += 0x1000;
  front_end->say(RequestId::SetVringAddr, moved);
  EXPECT_EQ(device.take_journal(), (Journal{"stop 0", "start 0 at 12"}));
  moved.flags = 2;
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetVringAddr, ScriptedFrontEnd::bytes_of(moved)), 1U);
}
TEST_F(SessionTest, SET_VRING_ADDR_that_only_toggles_logging_stops_nothing) {
  start_ring();
  auto logged = address(0);
  logged.flags = VringAddress::flag_log;
  logged.log += 0x1000;
  front_end->say(RequestId::SetVringAddr, logged);
  EXPECT_EQ(device.take_journal(), Journal{"used log 0"});
  EXPECT_TRUE(device.queues[0].setup.used_log.is_wanted);
  EXPECT_EQ(device.queues[0].setup.used_log.address, logged.log);
  front_end->say(RequestId::SetVringAddr, address(0));
  EXPECT_EQ(device.take_journal(), Journal{"used log 0 off"});
  front_end->say(RequestId::SetVringAddr, logged);
  device.take_journal();
  auto moved = logged;
  moved.used += 0x1000;
  front_end->say(RequestId::SetVringAddr, moved);
  EXPECT_EQ(device.take_journal(), (Journal{"stop 0", "start 0 at 0"})) << "both at once";
  EXPECT_TRUE(device.queues[0].setup.used_log.is_wanted);
}
TEST_F(SessionTest, rings_wait_for_SET_FEATURES) {
  front_end->say(RequestId::SetProtocolFeatures, offered_protocol_features);
  share_memory();
  describe_ring(0);
  EXPECT_FALSE(device.queues[0].is_running);
  front_end->say(RequestId::SetFeatures, RecordingDevice::all_features & ~feature::RingPacked);
  EXPECT_TRUE(device.queues[0].is_running);
}
TEST_F(SessionTest, nothing_of_the_last_front_end_holds_for_the_next) {
  start_ring();
  EXPECT_NE(device.negotiated, 0U);
  front_end->hang_up();
  ASSERT_TRUE(has_ended());
  session.reset();
  connect();
  EXPECT_EQ(device.negotiated, 0U);
  share_memory();
  describe_ring(0);
  EXPECT_FALSE(device.queues[0].is_running);
}
TEST_F(SessionTest, GET_VRING_BASE_stops_the_ring_and_says_where) {
  start_ring();
  device.queues[0].base.value = 4711;
  const auto answer = front_end->ask(RequestId::GetVringBase, ScriptedFrontEnd::bytes_of(VringState{0, 0}));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->as<VringState>().index, 0U);
  EXPECT_EQ(answer->as<VringState>().num, 4711U);
  EXPECT_FALSE(device.queues[0].is_running);
  enable(0);
  EXPECT_FALSE(device.queues[0].is_running) << "it needs a new kick descriptor";
  kick(0);
  EXPECT_TRUE(device.queues[0].is_running);
  EXPECT_EQ(device.queues[0].setup.base.value, 4711U);
}
TEST_F(SessionTest, GET_VRING_BASE_of_a_ring_that_never_ran_gives_its_base_and_of_none_ends_the_session) {
  front_end->say(RequestId::SetVringBase, VringState{2, 5});
  EXPECT_EQ(front_end->ask(RequestId::GetVringBase, ScriptedFrontEnd::bytes_of(VringState{2, 0}))->as<VringState>().num,
            5U);
  front_end->send(RequestId::GetVringBase, ScriptedFrontEnd::bytes_of(VringState{4, 0}));
  EXPECT_TRUE(has_ended());
}
TEST_F(SessionTest, GET_VRING_BASE_waits_for_the_ring_to_drain) {
  start_ring();
  device.holds_stops = true;
  front_end->send(RequestId::GetVringBase, ScriptedFrontEnd::bytes_of(VringState{0, 0}));
  EXPECT_FALSE(front_end->receive().has_value());
  device.held_stop->set({});
  front_end->settle();
  EXPECT_TRUE(front_end->receive().has_value());
}
TEST_F(SessionTest, SET_VRING_ENABLE_pauses_and_resumes) {
  start_ring();
  device.queues[0].base.value = 9;
  enable(0, false);
  EXPECT_FALSE(device.queues[0].is_running);
  enable(0);
  EXPECT_EQ(device.take_journal(), (Journal{"stop 0", "start 0 at 9"}));
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetVringEnable, ScriptedFrontEnd::bytes_of(VringState{0, 2})), 1U);
}
TEST_F(SessionTest, SET_VRING_CALL_and_SET_VRING_KICK_of_a_running_ring_are_passed_on) {
  start_ring();
  front_end->say(RequestId::SetVringCall, uint64_t{0 | 0x100});
  kick(0);
  EXPECT_EQ(device.take_journal(), (Journal{"call 0 closed", "kick 0"}));
}
TEST_F(SessionTest, SET_VRING_KICK_without_a_descriptor_means_polling) {
  negotiate();
  share_memory();
  front_end->say(RequestId::SetVringNum, VringState{0, ring_size});
  front_end->say(RequestId::SetVringAddr, address(0));
  enable(0);
  front_end->say(RequestId::SetVringKick, uint64_t{0x100});
  ASSERT_TRUE(device.queues[0].is_running);
  EXPECT_FALSE(device.queues[0].setup.kick_fd.is_open());
}
TEST_F(SessionTest, SET_VRING_KICK_CALL_ERR_take_eventfds_only_and_make_them_non_blocking) {
  negotiate();
  auto [one, other] = socket_pair();
  for (const RequestId id : {RequestId::SetVringKick, RequestId::SetVringCall, RequestId::SetVringErr}) {
    EXPECT_EQ(front_end->ask_acknowledged(id, ScriptedFrontEnd::bytes_of(uint64_t{0}), {one.get()}), 1U);
    EXPECT_EQ(front_end->ask_acknowledged(id, ScriptedFrontEnd::bytes_of(uint64_t{0}), {memory.get()}), 1U);
    // Anonymous inodes as well, and ready for ever.
    const UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    EXPECT_EQ(front_end->ask_acknowledged(id, ScriptedFrontEnd::bytes_of(uint64_t{0}), {timer.get()}), 1U);
    EXPECT_EQ(front_end->ask_acknowledged(id, ScriptedFrontEnd::bytes_of(uint64_t{0}), {epoll.get()}), 1U);
    const UniqueFd blocking(::eventfd(0, EFD_CLOEXEC));
    EXPECT_EQ(front_end->ask_acknowledged(id, ScriptedFrontEnd::bytes_of(uint64_t{0}), {blocking.get()}), 0U);
    EXPECT_NE(::fcntl(blocking.get(), F_GETFL) & O_NONBLOCK, 0);
  }
}
TEST_F(SessionTest, SET_VRING_ERR_goes_to_the_device_with_the_ring) {
  const UniqueFd error_fd = event_fd();
  negotiate();
  share_memory();
  front_end->say(RequestId::SetVringErr, uint64_t{0}, {error_fd.get()});
  describe_ring(0);
  ASSERT_TRUE(device.queues[0].is_running);
  const uint64_t one = 1;
  ASSERT_EQ(::write(device.queues[0].setup.error_fd.get(), &one, 8), 8);
  uint64_t count = 0;
  EXPECT_EQ(::read(error_fd.get(), &count, 8), 8);
}
TEST_F(SessionTest, a_ring_that_cannot_start_is_refused_and_the_session_lives) {
  negotiate();
  share_memory();
  device.refuses_start = true;
  front_end->say(RequestId::SetVringNum, VringState{0, ring_size});
  front_end->say(RequestId::SetVringAddr, address(0));
  enable(0);
  EXPECT_EQ(
      front_end->ask_acknowledged(RequestId::SetVringKick, ScriptedFrontEnd::bytes_of(uint64_t{0}), {kick_fd.get()}),
      1U);
  EXPECT_FALSE(has_ended());
}

TEST_F(SessionTest, GET_CONFIG_answers_with_the_length_that_was_asked) {
  front_end->say(RequestId::SetProtocolFeatures, bit(ProtocolFeature::Mq) | bit(ProtocolFeature::Config));
  ConfigDescription config;
  config.header = {.offset = 0, .size = 256, .flags = 0};
  const auto whole = front_end->ask(RequestId::GetConfig, ScriptedFrontEnd::bytes_of(config));
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->header.flags, 0x5U);
  EXPECT_EQ(whole->header.size, 268U);
  const auto got = whole->as<ConfigDescription>();
  EXPECT_EQ(got.header.size, 256U);
  EXPECT_EQ(got.bytes[0], std::byte{1});
  EXPECT_EQ(got.bytes[59], std::byte{60});
  EXPECT_EQ(got.bytes[60], std::byte{0});
  config.header = {.offset = 8, .size = 4, .flags = 0};
  const auto part = front_end->ask(RequestId::GetConfig, ScriptedFrontEnd::bytes_of(config).first(16));
  EXPECT_EQ(part->header.size, 16U);
  EXPECT_EQ(part->payload[12], std::byte{9});
}
TEST_F(SessionTest, GET_CONFIG_that_makes_no_sense_gets_an_empty_payload) {
  negotiate();
  ConfigDescription config;
  config.header = {.offset = 250, .size = 100, .flags = 0};
  const auto answer = front_end->ask(RequestId::GetConfig, ScriptedFrontEnd::bytes_of(config));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->header.size, 0U);
  EXPECT_FALSE(has_ended());
}
TEST_F(SessionTest, SET_CONFIG_reaches_the_device_which_decides) {
  negotiate();
  ConfigDescription config;
  config.header = {.offset = 32, .size = 1, .flags = 0};
  config.bytes[0] = std::byte{7};
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetConfig, ScriptedFrontEnd::bytes_of(config).first(13)), 0U);
  EXPECT_EQ(device.config[32], std::byte{7});
  config.header.offset = 0;
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetConfig, ScriptedFrontEnd::bytes_of(config).first(13)), 1U);
}

TEST_F(SessionTest, SET_STATUS_and_GET_STATUS) {
  negotiate();
  front_end->say(RequestId::SetStatus, uint64_t{0xF});
  EXPECT_EQ(front_end->ask(RequestId::GetStatus)->as<uint64_t>(), 0xFU);
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetStatus, ScriptedFrontEnd::bytes_of(uint64_t{0x100})), 1U);
}
TEST_F(SessionTest, SET_STATUS_0_stops_all_rings) {
  start_ring();
  front_end->say(RequestId::SetStatus, uint64_t{0});
  EXPECT_FALSE(device.queues[0].is_running);
}
TEST_F(SessionTest, RESET_DEVICE_stops_and_forgets_rings_and_keeps_memory) {
  start_ring();
  front_end->send(RequestId::ResetDevice);
  EXPECT_EQ(device.take_journal(), (Journal{"stop 0"}));
  kick(0);
  EXPECT_FALSE(device.queues[0].is_running);
  describe_ring(0);
  EXPECT_TRUE(device.queues[0].is_running);
}
TEST_F(SessionTest, RESET_OWNER_disables_all_rings) {
  start_ring();
  front_end->send(RequestId::ResetOwner);
  EXPECT_FALSE(device.queues[0].is_running);
  enable(0);
  EXPECT_TRUE(device.queues[0].is_running);
}

TEST_F(SessionTest, disconnection_stops_every_ring_and_lets_go_of_memory) {
  start_ring();
  const std::weak_ptr<const virtio::GuestMemory> held = device.memory.memory;
  front_end->hang_up();
  ASSERT_TRUE(has_ended());
  EXPECT_EQ(end->code, Code::Unavailable);
  EXPECT_EQ(device.take_journal(), (Journal{"stop 0", "no memory"}));
  EXPECT_TRUE(held.expired());
  EXPECT_EQ(device.listener, nullptr);
}
TEST_F(SessionTest, stop_ends_the_session_after_the_rings_have_drained) {
  start_ring();
  device.holds_stops = true;
  session->stop();
  front_end->settle();
  EXPECT_FALSE(has_ended());
  device.held_stop->set({});
  front_end->settle();
  ASSERT_TRUE(has_ended());
  EXPECT_EQ(end->code, Code::Cancelled);
}
TEST_F(SessionTest, state_shows_what_was_negotiated) {
  start_ring();
  const SessionState state = session->state();
  EXPECT_EQ(state.peer_pid, ::getpid());
  EXPECT_EQ(state.protocol_features, offered_protocol_features);
  EXPECT_EQ(state.region_count, 1U);
  EXPECT_EQ(state.running_ring_count, 1U);
  EXPECT_FALSE(state.is_logging);
}

}  // namespace
}  // namespace outrigger::vhost_user
