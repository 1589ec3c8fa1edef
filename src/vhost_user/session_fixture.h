// SessionFixture: a session between a ScriptedFrontEnd and a RecordingDevice, for tests.
#pragma once

#include "core/clock.h"
#include "core/kept_job.h"
#include "vhost_user/recording_device.h"
#include "vhost_user/scripted_front_end.h"
#include "vhost_user/session.h"

#include <gtest/gtest.h>

namespace outrigger::vhost_user {

class SessionFixture : public ::testing::Test {
 protected:
  static constexpr uint64_t memory_bytes = 1ULL << 20;
  static constexpr uint64_t guest_base = 0x100000;
  static constexpr uint64_t user_base = 0x7f0000000000;
  static constexpr uint16_t ring_size = 128;

  SessionFixture() {
    auto made = core::Reactor::create({.name = "control", .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "a test has a reactor");
    reactor = std::move(*made);
    connect();
  }
  ~SessionFixture() override {
    if (session != nullptr) {
      front_end->hang_up();
      EXPECT_TRUE(has_ended()) << "a session ends when its front end is gone";
    }
    session.reset();
    reactor->run_turn();
  }

  void connect() {
    auto [ours, theirs] = socket_pair();
    front_end = std::make_unique<ScriptedFrontEnd>(*reactor, std::move(theirs));
    end.reset();
    auto made = Session::create(*reactor, device, std::move(ours), "disk");
    check(made.has_value(), "a test has a session");
    session = std::move(*made);
    reactor->run_turn();
    core::spawn(core::keep(session->serve(), &end));
    front_end->settle();
  }
  [[nodiscard]] bool has_ended() const { return end.has_value(); }

  void negotiate(uint64_t protocol_features = offered_protocol_features,
                 uint64_t features = RecordingDevice::all_features & ~feature::RingPacked) {
    front_end->say(RequestId::SetProtocolFeatures, protocol_features);
    front_end->say(RequestId::SetFeatures, features | feature::ProtocolFeatures);
  }
  static RegionDescription region(uint64_t number = 0) {
    return {guest_base + number * memory_bytes, memory_bytes, user_base + number * memory_bytes, 0};
  }
  static MemoryTableDescription table(std::vector<RegionDescription> regions) {
    MemoryTableDescription description;
    description.region_count = static_cast<uint32_t>(regions.size());
    std::copy(regions.begin(), regions.end(), description.regions.begin());
    return description;
  }
  std::span<const std::byte> used_part(const MemoryTableDescription& description) {
    return ScriptedFrontEnd::bytes_of(description).first(8 + 32 * description.region_count);
  }
  void share_memory() { front_end->send(RequestId::SetMemTable, used_part(table({region()})), {memory.get()}); }
  static VringAddress address(uint32_t index, uint64_t base = user_base) {
    return {.index = index,
            .flags = 0,
            .descriptor = base + index * 0x10000,
            .used = base + index * 0x10000 + 0x4000,
            .available = base + index * 0x10000 + 0x2000,
            .log = guest_base + index * 0x10000 + 0x4000};
  }
  void kick(uint8_t index) { front_end->say(RequestId::SetVringKick, uint64_t{index}, {kick_fd.get()}); }
  void enable(uint32_t index, bool is_on = true) {
    front_end->say(RequestId::SetVringEnable, VringState{index, is_on ? 1U : 0U});
  }
  // Everything that ring `index` needs, except memory and features.
  void describe_ring(uint32_t index) {
    front_end->say(RequestId::SetVringNum, VringState{index, ring_size});
    front_end->say(RequestId::SetVringBase, VringState{index, 0});
    front_end->say(RequestId::SetVringAddr, address(index));
    front_end->say(RequestId::SetVringCall, uint64_t{index}, {call_fd.get()});
    kick(static_cast<uint8_t>(index));
    enable(index);
  }
  void start_ring(uint32_t index = 0) {
    negotiate();
    share_memory();
    describe_ring(index);
    ASSERT_TRUE(device.queues[index].is_running);
    device.take_journal();
  }
  // The file behind a descriptor, to recognise a duplicate.
  static ino_t inode(int fd) {
    struct stat file{};
    check(::fstat(fd, &file) == 0, "the descriptor is open");
    return file.st_ino;
  }

  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor;
  RecordingDevice device;
  std::unique_ptr<ScriptedFrontEnd> front_end;
  std::unique_ptr<Session> session;
  std::optional<Error> end;
  UniqueFd memory = memory_fd(memory_bytes);
  UniqueFd kick_fd = event_fd();
  UniqueFd call_fd = event_fd();
};

}  // namespace outrigger::vhost_user
