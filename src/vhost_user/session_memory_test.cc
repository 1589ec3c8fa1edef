// A session's shared memory: tables, slots, the dirty log, the in-flight region, and what a front end can do
// wrong with them.
#include "vhost_user/session_fixture.h"

#include <cstring>

namespace outrigger::vhost_user {
namespace {

using Journal = std::vector<std::string>;

class SessionMemoryTest : public SessionFixture {
 protected:
  std::optional<uint64_t> set_table(std::vector<RegionDescription> regions, std::vector<int> fds) {
    const auto description = table(std::move(regions));
    return front_end->ask_acknowledged(RequestId::SetMemTable, used_part(description), std::move(fds));
  }
};

TEST_F(SessionMemoryTest, SET_MEM_TABLE_makes_guest_and_user_addresses_translatable) {
  negotiate();
  const UniqueFd second = memory_fd(2 * memory_bytes);
  auto far = region(5);
  far.mmap_offset = 4096 + 512;
  EXPECT_EQ(set_table({region(0), far}, {memory.get(), second.get()}), 0U);
  const char text[] = "shared";
  ASSERT_EQ(::pwrite(second.get(), text, sizeof(text), 4096 + 512 + 16), ssize_t{sizeof(text)});
  const auto& guest = *device.memory.memory;
  EXPECT_STREQ(reinterpret_cast<const char*>(guest.translate(far.guest_address + 16, sizeof(text))), text);
  EXPECT_EQ(guest.translate_user(far.user_address + 16, 1), guest.translate(far.guest_address + 16, 1));
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_refuses_what_does_not_fit_its_file) {
  negotiate();
  auto wrong = region();
  wrong.size_bytes = memory_bytes + 1;
  EXPECT_EQ(set_table({wrong}, {memory.get()}), 1U);
  wrong = region();
  wrong.mmap_offset = 4096;
  EXPECT_EQ(set_table({wrong}, {memory.get()}), 1U);
  wrong.mmap_offset = UINT64_MAX - 4095;
  EXPECT_EQ(set_table({wrong}, {memory.get()}), 1U);
  wrong = region();
  wrong.size_bytes = 0;
  EXPECT_EQ(set_table({wrong}, {memory.get()}), 1U);
  wrong.size_bytes = UINT64_MAX;
  EXPECT_EQ(set_table({wrong}, {memory.get()}), 1U);
  wrong = region();
  wrong.guest_address = UINT64_MAX - 4095;
  EXPECT_EQ(set_table({wrong}, {memory.get()}), 1U);
  EXPECT_EQ(device.take_journal().size(), 1U) << "features; the device never saw a table";
  EXPECT_FALSE(has_ended());
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_refuses_descriptors_that_are_not_memory) {
  negotiate();
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  const UniqueFd read_end(pipe_fds[0]), write_end(pipe_fds[1]);
  const UniqueFd directory(::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  // A file of a disk's file system: the same as memory to mmap(), and nobody knows who answers for it.
  std::string on_disk = "/var/tmp/outrigger-no-memory-XXXXXX";
  const UniqueFd file(::mkstemp(on_disk.data()));
  ASSERT_TRUE(file.is_open());
  ::unlink(on_disk.c_str());
  ASSERT_EQ(::ftruncate(file.get(), memory_bytes), 0);
  for (const int fd : {read_end.get(), directory.get(), null.get(), kick_fd.get(), file.get()}) {
    EXPECT_EQ(set_table({region()}, {fd}), 1U);
  }
  const UniqueFd read_only(::open(fmt::format("/proc/self/fd/{}", memory.get()).c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(set_table({region()}, {read_only.get()}), 1U);
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_takes_memfds_and_files_in_memory) {
  negotiate();
  std::string in_shm = "/dev/shm/outrigger-memory-XXXXXX";
  const UniqueFd file(::mkstemp(in_shm.data()));
  ASSERT_TRUE(file.is_open());
  ::unlink(in_shm.c_str());
  ASSERT_EQ(::ftruncate(file.get(), memory_bytes), 0);
  EXPECT_EQ(set_table({region()}, {file.get()}), 0U);
  // Huge pages need not be there to be mapped: nothing touches them.
  const UniqueFd huge(::memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB));
  if (huge.is_open() && ::ftruncate(huge.get(), 2 << 20) == 0) {
    EXPECT_EQ(set_table({region()}, {huge.get()}), 0U);
  }
}
TEST_F(SessionMemoryTest, a_session_s_share_of_the_address_space_is_bounded) {
  negotiate();
  constexpr uint64_t part = session_bytes_max / 2;
  const UniqueFd sparse = memory_fd(part);
  const auto add = [&](uint64_t number) {
    const SingleRegionDescription single{0, {number * part, part, number * part, 0}};
    return front_end->ask_acknowledged(RequestId::AddMemReg, ScriptedFrontEnd::bytes_of(single), {sparse.get()});
  };
  EXPECT_EQ(add(1), 0U);
  EXPECT_EQ(add(2), 0U);
  EXPECT_EQ(add(3), 1U);
  const SingleRegionDescription first{0, {part, part, part, 0}};
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::RemMemReg, ScriptedFrontEnd::bytes_of(first)), 0U);
  EXPECT_EQ(add(3), 0U) << "what goes is given back";
}
TEST(AddressBudget, the_process_has_a_bound_too) {
  std::array<AddressBudget, process_bytes_max / session_bytes_max + 1> sessions;
  for (size_t i = 0; i + 1 < sessions.size(); ++i) {
    ASSERT_TRUE(sessions[i].take(session_bytes_max, "all").has_value());
    EXPECT_FALSE(sessions[i].take(1, "more").has_value());
  }
  EXPECT_FALSE(sessions.back().take(1, "more").has_value());
  EXPECT_FALSE(sessions.back().take(UINT64_MAX, "much more").has_value());
  sessions[0].give_back(session_bytes_max);
  EXPECT_TRUE(sessions.back().take(session_bytes_max, "all").has_value());
  sessions.back().give_back(session_bytes_max);
  for (size_t i = 1; i + 1 < sessions.size(); ++i) {
    sessions[i].give_back(session_bytes_max);
  }
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_refuses_overlapping_regions) {
  negotiate();
  auto second = region(1);
  second.guest_address -= 4096;
  EXPECT_EQ(set_table({region(0), second}, {memory.get(), memory.get()}), 1U);
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_that_fails_keeps_the_table_before) {
  start_ring();
  auto wrong = region();
  wrong.size_bytes = 2 * memory_bytes;
  EXPECT_EQ(set_table({wrong}, {memory.get()}), 1U);
  EXPECT_TRUE(device.queues[0].is_running);
  EXPECT_EQ(session->state().region_count, 1U);
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_on_a_live_device_leaves_rings_alone_whose_memory_stays) {
  start_ring();
  EXPECT_EQ(set_table({region(0), region(7)}, {memory.get(), memory.get()}), 0U);
  EXPECT_EQ(device.take_journal(), (Journal{"memory of 2"}));
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_on_a_live_device_moves_rings_whose_memory_moved) {
  start_ring();
  device.queues[0].base.value = 33;
  const UniqueFd other = memory_fd(memory_bytes);
  EXPECT_EQ(set_table({region(0)}, {other.get()}), 0U);
  EXPECT_EQ(device.take_journal(), (Journal{"stop 0", "memory of 1", "start 0 at 33"}));
  EXPECT_EQ(device.queues[0].setup.descriptors, device.memory.memory->translate(guest_base, 1));
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_that_drops_a_ring_stops_it_until_it_is_back) {
  start_ring();
  EXPECT_EQ(set_table({region(9)}, {memory.get()}), 0U);
  EXPECT_EQ(device.take_journal(), (Journal{"stop 0", "memory of 1"}));
  EXPECT_EQ(set_table({region(0)}, {memory.get()}), 0U);
  EXPECT_TRUE(device.queues[0].is_running);
}
TEST_F(SessionMemoryTest, SET_MEM_TABLE_that_the_device_refuses_is_not_acknowledged) {
  negotiate();
  device.refuses_memory = true;
  EXPECT_EQ(set_table({region(0)}, {memory.get()}), 1U);
  device.refuses_memory = false;
  describe_ring(0);
  EXPECT_TRUE(device.queues[0].is_running) << "it is offered again before anything runs";
}

TEST_F(SessionMemoryTest, GET_MAX_MEM_SLOTS_ADD_MEM_REG_and_REM_MEM_REG) {
  negotiate();
  const auto slots = front_end->ask(RequestId::GetMaxMemSlots)->as<uint64_t>();
  EXPECT_EQ(slots, memory_slots_max);
  const auto add = [&](uint64_t number) {
    const SingleRegionDescription single{0, region(number)};
    return front_end->ask_acknowledged(RequestId::AddMemReg, ScriptedFrontEnd::bytes_of(single), {memory.get()});
  };
  for (uint64_t i = 0; i < slots; ++i) {
    EXPECT_EQ(add(i), 0U) << i;
  }
  EXPECT_EQ(add(slots), 1U);
  EXPECT_EQ(device.memory.memory->regions().size(), slots);
  const auto remove = [&](uint64_t number, std::vector<int> fds) {
    const SingleRegionDescription single{0, region(number)};
    return front_end->ask_acknowledged(RequestId::RemMemReg, ScriptedFrontEnd::bytes_of(single), std::move(fds));
  };
  EXPECT_EQ(remove(3, {}), 0U);
  EXPECT_EQ(remove(3, {}), 1U) << "it is gone";
  EXPECT_EQ(remove(4, {memory.get()}), 0U) << "a descriptor is closed unused";
  EXPECT_EQ(device.memory.memory->regions().size(), slots - 2);
}
TEST_F(SessionMemoryTest, REM_MEM_REG_of_a_ring_s_memory_stops_it) {
  start_ring();
  const SingleRegionDescription single{0, region(0)};
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::RemMemReg, ScriptedFrontEnd::bytes_of(single)), 0U);
  EXPECT_EQ(device.take_journal(), (Journal{"stop 0", "no memory"}));
}

TEST_F(SessionMemoryTest, SET_LOG_BASE_and_LOG_ALL_log_what_is_written) {
  start_ring();
  const UniqueFd log_fd = memory_fd(64 * 1024);
  const LogDescription log{.mmap_size = 4096, .mmap_offset = 8192};
  const auto answer = front_end->ask(RequestId::SetLogBase, ScriptedFrontEnd::bytes_of(log), {log_fd.get()});
  ASSERT_TRUE(answer.has_value()) << "SET_LOG_BASE is answered without NEED_REPLY";
  EXPECT_EQ(answer->as<uint64_t>(), 0U);
  EXPECT_EQ(device.take_journal(), Journal{}) << "nothing is logged before LOG_ALL";
  const uint64_t features = RecordingDevice::all_features & ~feature::RingPacked;
  front_end->say(RequestId::SetFeatures, uint64_t{features | feature::ProtocolFeatures | feature::LogAll});
  EXPECT_EQ(device.take_journal(), (Journal{"memory of 1 logged"})) << "on the live device";
  EXPECT_TRUE(session->state().is_logging);
  device.memory.dirty_log->mark(5 * 4096, 1);
  uint8_t byte = 0;
  ASSERT_EQ(::pread(log_fd.get(), &byte, 1, 8192), 1);
  EXPECT_EQ(byte, 1U << 5);
  front_end->say(RequestId::SetFeatures, uint64_t{features | feature::ProtocolFeatures});
  EXPECT_EQ(device.take_journal(), (Journal{"memory of 1"}));
}
TEST_F(SessionMemoryTest, SET_LOG_BASE_without_memory_ends_the_session) {
  negotiate();
  front_end->say(RequestId::SetLogBase, uint64_t{0});
  EXPECT_TRUE(has_ended());
}
TEST_F(SessionMemoryTest, SET_LOG_FD_is_taken) {
  negotiate();
  EXPECT_EQ(front_end->ask_acknowledged(RequestId::SetLogFd, {}, {kick_fd.get()}), 0U);
}

TEST_F(SessionMemoryTest, GET_INFLIGHT_FD_and_SET_INFLIGHT_FD_give_each_ring_its_part) {
  negotiate();
  const InflightDescription wanted{.mmap_size = 0, .mmap_offset = 0, .queue_count = 2, .queue_size = ring_size};
  auto answer = front_end->ask(RequestId::GetInflightFd, ScriptedFrontEnd::bytes_of(wanted));
  ASSERT_TRUE(answer.has_value());
  ASSERT_TRUE(answer->fd.is_open());
  EXPECT_EQ(answer->header.size, sizeof(InflightDescription));
  const auto given = answer->as<InflightDescription>();
  const uint64_t stride = InflightRegion::bytes_per_queue(ring_size, RingForm::Split);
  EXPECT_EQ(given.mmap_size, 2 * stride + 64) << "two queues, and our own note behind them";
  EXPECT_EQ(stride % 64, 0U);
  EXPECT_EQ(
      front_end->ask_acknowledged(RequestId::SetInflightFd, ScriptedFrontEnd::bytes_of(given), {answer->fd.get()}), 0U);
  share_memory();
  describe_ring(1);
  const auto& area = device.queues[1].setup.inflight;
  EXPECT_EQ(area.bytes.size(), stride);
  EXPECT_TRUE(area.is_fresh);
  const uint16_t version = 1;
  std::memcpy(area.bytes.data() + 8, &version, sizeof(version));
  uint16_t seen = 0;
  ASSERT_EQ(::pread(answer->fd.get(), &seen, 2, static_cast<off_t>(stride + 8)), 2);
  EXPECT_EQ(seen, 1U) << "it is the front end's memory";

  // A successor gets the same region and believes it.
  const UniqueFd kept = std::move(answer->fd);
  front_end->hang_up();
  connect();
  negotiate();
  front_end->say(RequestId::SetInflightFd, given, {kept.get()});
  share_memory();
  describe_ring(1);
  EXPECT_FALSE(device.queues[1].setup.inflight.is_fresh);
  describe_ring(0);
  EXPECT_TRUE(device.queues[0].setup.inflight.is_fresh) << "nobody used ring 0's part yet";
}
// QEMU says SET_CONFIG once; after our death it comes back with its features and its in-flight region, and nothing
// else.
TEST_F(SessionMemoryTest, what_the_driver_chose_comes_back_with_the_in_flight_region) {
  const auto begin_anew = [this] {
    front_end->hang_up();
    ASSERT_TRUE(has_ended());
    session.reset();
    connect();
  };
  const auto config = [](std::byte writeback) {
    ConfigDescription description;
    description.header = {.offset = 32, .size = 1, .flags = 0};
    description.bytes[0] = writeback;
    return description;
  };
  const auto ask_config = [&] {
    front_end->say(RequestId::SetProtocolFeatures, offered_protocol_features);
    front_end->ask(RequestId::GetConfig, ScriptedFrontEnd::bytes_of(config(std::byte{0})).first(13));
  };
  ask_config();
  negotiate();
  EXPECT_FALSE(device.is_choice_unknown) << "it asked: it knows what we start with";
  const InflightDescription wanted{.queue_count = 2, .queue_size = ring_size};
  auto answer = front_end->ask(RequestId::GetInflightFd, ScriptedFrontEnd::bytes_of(wanted));
  ASSERT_TRUE(answer.has_value() && answer->fd.is_open());
  const auto given = answer->as<InflightDescription>();
  const UniqueFd kept = std::move(answer->fd);
  const auto bring_back = [&] { front_end->say(RequestId::SetInflightFd, given, {kept.get()}); };
  bring_back();

  begin_anew();
  negotiate();
  EXPECT_TRUE(device.is_choice_unknown) << "it did not ask, and nothing says yet what its driver goes by";
  bring_back();
  EXPECT_FALSE(device.is_choice_unknown);
  EXPECT_EQ(device.kept_choice, std::byte{0}) << "nothing was chosen";
  front_end->send(RequestId::SetConfig, ScriptedFrontEnd::bytes_of(config(std::byte{0})).first(13));
  EXPECT_EQ(device.kept_choice, std::byte{1});

  begin_anew();
  EXPECT_EQ(device.kept_choice, std::byte{0});
  negotiate();
  bring_back();
  EXPECT_EQ(device.kept_choice, std::byte{1});
  front_end->send(RequestId::SetConfig, ScriptedFrontEnd::bytes_of(config(std::byte{1})).first(13));

  begin_anew();
  negotiate();
  bring_back();
  EXPECT_EQ(device.kept_choice, std::byte{2});

  // A region that somebody else made has no note: nobody knows, until the front end says.
  begin_anew();
  negotiate();
  const UniqueFd foreign = memory_fd(given.mmap_size);
  front_end->say(RequestId::SetInflightFd, given, {foreign.get()});
  EXPECT_TRUE(device.is_choice_unknown);
  EXPECT_EQ(device.kept_choice, std::byte{1});
}
TEST_F(SessionMemoryTest, GET_INFLIGHT_FD_beyond_the_device_ends_the_session) {
  negotiate();
  front_end->say(RequestId::GetInflightFd, InflightDescription{.queue_count = 5, .queue_size = 128});
  EXPECT_TRUE(has_ended());
}
TEST_F(SessionMemoryTest, SET_INFLIGHT_FD_that_is_too_small_keeps_its_rings_from_starting) {
  negotiate();
  const UniqueFd small = memory_fd(4096);
  InflightDescription description{.mmap_size = 4096, .mmap_offset = 0, .queue_count = 4, .queue_size = ring_size};
  EXPECT_EQ(
      front_end->ask_acknowledged(RequestId::SetInflightFd, ScriptedFrontEnd::bytes_of(description), {small.get()}),
      0U);
  share_memory();
  describe_ring(0);
  EXPECT_TRUE(device.queues[0].is_running) << "its part is there";
  front_end->say(RequestId::SetVringNum, VringState{3, ring_size});
  front_end->say(RequestId::SetVringAddr, address(3));
  enable(3);
  EXPECT_EQ(
      front_end->ask_acknowledged(RequestId::SetVringKick, ScriptedFrontEnd::bytes_of(uint64_t{3}), {kick_fd.get()}),
      1U);
  EXPECT_FALSE(device.queues[3].is_running);
}
TEST_F(SessionMemoryTest, SET_INFLIGHT_FD_refuses_nonsense_and_running_rings) {
  negotiate();
  const UniqueFd fd = memory_fd(65536);
  const auto set = [&](InflightDescription description) {
    return front_end->ask_acknowledged(RequestId::SetInflightFd, ScriptedFrontEnd::bytes_of(description), {fd.get()});
  };
  EXPECT_EQ(set({.mmap_size = 65536, .mmap_offset = 8, .queue_count = 1, .queue_size = 128}), 1U);
  EXPECT_EQ(set({.mmap_size = 65537, .mmap_offset = 0, .queue_count = 1, .queue_size = 128}), 1U);
  EXPECT_EQ(set({.mmap_size = 65536, .mmap_offset = 0, .queue_count = 0, .queue_size = 128}), 1U);
  EXPECT_EQ(set({.mmap_size = UINT64_MAX, .mmap_offset = 64, .queue_count = 1, .queue_size = 128}), 1U);
  share_memory();
  describe_ring(0);
  EXPECT_EQ(set({.mmap_size = 65536, .mmap_offset = 0, .queue_count = 1, .queue_size = 128}), 1U);
}

TEST_F(SessionMemoryTest, memory_that_shrinks_under_us_ends_the_session_and_nothing_else) {
  start_ring();
  std::byte* const last = device.memory.memory->translate(guest_base + memory_bytes - 8, 8);
  *last = std::byte{1};
  ASSERT_EQ(::ftruncate(memory.get(), 4096), 0);
  *last = std::byte{2};  // what a data core does
  EXPECT_EQ(*last, std::byte{2}) << "anonymous memory took its place";
  front_end->settle();
  ASSERT_TRUE(has_ended());
  EXPECT_EQ(end->code, Code::DataLoss);
  EXPECT_FALSE(device.queues[0].is_running);
}

}  // namespace
}  // namespace outrigger::vhost_user
