// The virtio-blk device as a whole: what it offers, its life, notifications, memory that changes, several cores.
#include "virtio/blk.h"

#include "block/memory_device.h"
#include "virtio/blk_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <thread>

namespace outrigger::virtio {
namespace {

using model::Arena;
using model::Buffer;
using model::take_events;

constexpr uint8_t status_ok = 0;

class Listener final : public Device::ConfigListener {
 public:
  void config_changed() override { ++count; }
  int count = 0;
};

class BlkDevice : public testing::Test {
 protected:
  using Driver = model::BlkDriver<model::SplitDriver>;

  explicit BlkDevice(BlkOptions options = {.queue_count_max = 4})
      : blk_("disk", device_, *rig_.reactor, {rig_.reactor.get()}, std::move(options)) {}
  ~BlkDevice() override {
    for (uint16_t i = 0; i < blk_.queue_count_max(); ++i) {
      if (blk_.is_queue_running(i)) {
        rig_.run(blk_.stop_queue(i));
      }
    }
  }
  Driver& start(uint16_t index = 0) {
    const uint64_t features = blk_.features() & ~feature::RingPacked;
    blk_.set_features(features);
    if (!has_memory_) {
      has_memory_ = true;
      EXPECT_TRUE(rig_.run(blk_.set_memory({arena_.memory(), nullptr})).has_value());
    }
    drivers_.push_back(std::make_unique<Driver>(arena_, features));
    const auto started = rig_.run(blk_.start_queue(index, drivers_.back()->setup()));
    EXPECT_TRUE(started.has_value());
    return *drivers_.back();
  }
  template <typename T>
  [[nodiscard]] T config(uint32_t offset) const {
    T value;
    blk_.read_config(offset, std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  uint16_t read(Driver& driver, uint32_t bytes = 512) {
    const std::array data{Buffer{arena_.allocate(bytes), bytes, true}};
    return driver.submit(blk_type::In, 0, data);
  }

  model::Rig rig_;
  Arena arena_;
  model::RecordingDevice device_{model::full_geometry()};
  Blk blk_;
  bool has_memory_ = false;
  std::vector<std::unique_ptr<Driver>> drivers_;
};

TEST_F(BlkDevice, S5_2_3_offers_what_the_block_device_can) {
  const uint64_t all = feature::Version1 | feature::RingIndirectDesc | feature::RingEventIdx | feature::RingPacked |
                       blk_feature::SegMax | blk_feature::BlkSize | blk_feature::Topology | blk_feature::Flush |
                       blk_feature::ConfigWce | blk_feature::Mq | blk_feature::Discard | blk_feature::WriteZeroes;
  EXPECT_EQ(blk_.features(), all);
  EXPECT_EQ(blk_.device_id(), 2U);
  block::Geometry geometry = model::full_geometry();
  EXPECT_EQ(blk_features(geometry, {.queue_count_max = 1, .is_read_only = true, .offers_packed = false}),
            (all & ~(feature::RingPacked | blk_feature::Mq | blk_feature::Discard | blk_feature::WriteZeroes)) |
                blk_feature::Ro);
  geometry.can_discard = geometry.can_write_zeroes = false;
  EXPECT_EQ(blk_features(geometry, {.queue_count_max = 4}), all & ~(blk_feature::Discard | blk_feature::WriteZeroes));
}

TEST_F(BlkDevice, S5_2_4_configuration_space) {
  EXPECT_EQ(config<uint64_t>(0), 2048U) << "capacity in sectors";
  EXPECT_EQ(config<uint32_t>(12), 126U) << "seg_max";
  EXPECT_EQ(config<uint32_t>(20), 512U) << "blk_size";
  EXPECT_EQ(config<uint8_t>(24), 3) << "physical_block_exp: 4096 = 512 << 3";
  EXPECT_EQ(config<uint16_t>(26), 8) << "min_io_size";
  EXPECT_EQ(config<uint32_t>(28), 128U) << "opt_io_size";
  EXPECT_EQ(config<uint16_t>(34), 4) << "num_queues";
  EXPECT_EQ(config<uint32_t>(36), UINT32_MAX) << "max_discard_sectors";
  EXPECT_EQ(config<uint32_t>(40), blk_ranges_max);
  EXPECT_EQ(config<uint32_t>(44), 8U) << "discard_sector_alignment";
  EXPECT_EQ(config<uint8_t>(56), 1) << "write_zeroes_may_unmap";
  EXPECT_EQ(config<uint64_t>(72), 0U) << "past the end: zeroes";
  EXPECT_EQ(config<uint32_t>(UINT32_MAX), 0U);
  block::Geometry large = model::full_geometry(4096);
  const BlkConfigSpace space = blk_config_space(large, {.queue_size_max = 16}, true);
  EXPECT_EQ(space.capacity, 2048U);
  EXPECT_EQ(space.seg_max, 14U) << "chains fit the ring";
  EXPECT_EQ(space.physical_block_exp, 0);
  EXPECT_EQ(space.max_discard_sectors % 8, 0U) << "whole blocks";
}

TEST_F(BlkDevice, limits_of_transfers_are_announced) {
  block::Geometry geometry = model::full_geometry();
  geometry.transfer_bytes_max = 65536;
  EXPECT_NE(blk_features(geometry, {}) & blk_feature::SizeMax, 0U);
  const BlkConfigSpace space = blk_config_space(geometry, {}, true);
  EXPECT_LE(space.seg_max * space.size_max, 65536U);
  EXPECT_GE(space.size_max, 4096U);
}

TEST_F(BlkDevice, S5_2_5_2_writeback_follows_the_features) {
  blk_.set_features(blk_.features());
  EXPECT_EQ(config<uint8_t>(32), 1);
  blk_.set_features(blk_.features() & ~blk_feature::Flush);
  EXPECT_EQ(config<uint8_t>(32), 0);
}

TEST_F(BlkDevice, features_said_again_leave_the_cache_mode_alone) {
  blk_.set_features(blk_.features());
  const std::byte zero{0};
  ASSERT_TRUE(blk_.write_config(32, std::span(&zero, 1)).has_value());
  blk_.set_features(blk_.features());
  EXPECT_EQ(config<uint8_t>(32), 0);
}

TEST_F(BlkDevice, a_choice_outlives_features_and_this_process) {
  const auto flags_of_a_write = [this](Driver& driver) {
    const std::array data{Buffer{arena_.allocate(512), 512, false}};
    driver.submit(blk_type::Out, 0, data);
    rig_.turn(2);
    return device_.seen.back().flags;
  };
  Driver& driver = start();
  EXPECT_EQ(flags_of_a_write(driver), 0);
  const std::byte zero{0};
  ASSERT_TRUE(blk_.write_config(32, std::span(&zero, 1)).has_value());
  EXPECT_EQ(flags_of_a_write(driver), block::flag::Fua);
  const std::byte kept = blk_.choice();
  // Firmware without a flush, then the system again: QEMU still shows it what was chosen.
  blk_.set_features(blk_.features() & ~(blk_feature::Flush | blk_feature::ConfigWce));
  blk_.set_features(blk_.features() & ~feature::RingPacked);
  EXPECT_EQ(config<uint8_t>(32), 0);
  EXPECT_EQ(flags_of_a_write(driver), block::flag::Fua);
  // Another front end starts anew; a successor of this process does not.
  blk_.forget_driver();
  EXPECT_EQ(config<uint8_t>(32), 1);
  blk_.set_features(blk_.features() & ~feature::RingPacked);
  EXPECT_EQ(flags_of_a_write(driver), 0);
  blk_.restore_choice(kept);
  EXPECT_EQ(config<uint8_t>(32), 0);
  EXPECT_EQ(flags_of_a_write(driver), block::flag::Fua);
  blk_.restore_choice(std::byte{0});
  EXPECT_EQ(flags_of_a_write(driver), 0) << "nothing was chosen: as negotiated";
  blk_.restore_choice(std::nullopt);
  EXPECT_EQ(flags_of_a_write(driver), block::flag::Fua) << "nobody knows: stable";
  blk_.restore_choice(std::byte{77});
  EXPECT_EQ(flags_of_a_write(driver), block::flag::Fua) << "nonsense: stable";
}

TEST_F(BlkDevice, S5_2_4_only_writeback_can_be_written) {
  blk_.set_features(blk_.features());
  const std::array<std::byte, 8> zeroes{};
  EXPECT_FALSE(blk_.write_config(0, zeroes).has_value());
  EXPECT_FALSE(blk_.write_config(32, std::span(zeroes).first(2)).has_value());
  EXPECT_FALSE(blk_.write_config(33, std::span(zeroes).first(1)).has_value());
  EXPECT_FALSE(blk_.write_config(UINT32_MAX, zeroes).has_value());
  EXPECT_TRUE(blk_.write_config(32, std::span(zeroes).first(1)).has_value());
  EXPECT_EQ(config<uint8_t>(32), 0);
  blk_.set_features(blk_.features() & ~blk_feature::ConfigWce);
  EXPECT_FALSE(blk_.write_config(32, std::span(zeroes).first(1)).has_value());
}

TEST_F(BlkDevice, S5_2_6_2_capacity_changes_while_it_runs) {
  Listener listener;
  blk_.set_config_listener(&listener);
  Driver& driver = start();
  const uint64_t at = arena_.allocate(512);
  const std::array data{Buffer{at, 512, true}};
  const uint16_t before = driver.submit(blk_type::In, 3000, data);
  rig_.turn(2);
  EXPECT_NE(driver.answer(before)->status, status_ok);
  device_.resize(4096);
  EXPECT_EQ(listener.count, 1);
  EXPECT_EQ(config<uint64_t>(0), 4096U);
  const uint16_t after = driver.submit(blk_type::In, 3000, data);
  rig_.turn(2);
  EXPECT_EQ(driver.answer(after)->status, status_ok);
  blk_.set_config_listener(nullptr);
  device_.resize(2048);
  EXPECT_EQ(listener.count, 1);
}

TEST_F(BlkDevice, wrong_states_and_indices_are_refused) {
  Driver& driver = start();
  EXPECT_FALSE(rig_.run(blk_.start_queue(0, driver.setup())).has_value()) << "runs already";
  EXPECT_FALSE(rig_.run(blk_.start_queue(4, driver.setup())).has_value()) << "no such queue";
  QueueSetup large = driver.setup();
  large.size = 2048;
  EXPECT_FALSE(rig_.run(blk_.start_queue(1, std::move(large))).has_value());
  QueueSetup odd = driver.setup();
  odd.size = 100;
  EXPECT_FALSE(rig_.run(blk_.start_queue(1, std::move(odd))).has_value());
  EXPECT_FALSE(rig_.run(blk_.start_queue(1, QueueSetup{})).has_value());
  EXPECT_FALSE(rig_.run(blk_.set_call_fd(1, model::make_eventfd())).has_value());
  EXPECT_FALSE(rig_.run(blk_.set_kick_fd(9, model::make_eventfd())).has_value());
  EXPECT_FALSE(rig_.run(blk_.set_memory({})).has_value());
  EXPECT_FALSE(blk_.is_queue_running(1));
  EXPECT_FALSE(blk_.is_queue_running(100));
}

TEST_F(BlkDevice, queues_of_one_core_share_a_channel) {
  start(0);
  start(1);
  EXPECT_EQ(device_.channel_count, 1U);
  rig_.run(blk_.stop_queue(0));
  rig_.run(blk_.stop_queue(1));
  start(0);
  EXPECT_EQ(device_.channel_count, 2U) << "closed with the last queue, opened with the next";
}

TEST_F(BlkDevice, goes_on_where_it_stopped) {
  Driver& driver = start();
  for (int i = 0; i < 100; ++i) {
    const uint16_t id = read(driver);
    rig_.turn(2);
    ASSERT_EQ(driver.answer(id)->status, status_ok);
  }
  const VringBase base = rig_.run(blk_.stop_queue(0));
  EXPECT_EQ(base.value, 100U);
  const uint16_t waiting = read(driver);
  rig_.turn(5);
  EXPECT_FALSE(driver.answer(waiting).has_value()) << "a stopped queue leaves the ring alone";
  QueueSetup setup = driver.setup();
  setup.base = base;
  ASSERT_TRUE(rig_.run(blk_.start_queue(0, std::move(setup))).has_value());
  rig_.turn(2);
  ASSERT_EQ(driver.answer(waiting)->status, status_ok);
  EXPECT_EQ(blk_.queue_counters(0).requests.load(), 101U);
}

TEST_F(BlkDevice, stopping_waits_for_what_is_in_flight) {
  device_.holds = true;
  Driver& driver = start();
  const uint16_t first = read(driver);
  const uint16_t second = read(driver);
  rig_.turn(2);
  std::optional<VringBase> base;
  core::spawn(core::keep(blk_.stop_queue(0), &base));
  rig_.turn(2);
  const uint16_t late = read(driver);
  rig_.turn(100);
  rig_.clock.advance(6'000'000'000);  // says once what it waits for
  rig_.turn(100);
  EXPECT_FALSE(base.has_value());
  EXPECT_FALSE(blk_.is_queue_running(0));
  device_.complete_one();
  device_.complete_one();
  rig_.turn(1000);
  ASSERT_TRUE(base.has_value());
  EXPECT_EQ(base->value, 2U);
  EXPECT_TRUE(driver.answer(first).has_value());
  EXPECT_TRUE(driver.answer(second).has_value());
  EXPECT_FALSE(driver.answer(late).has_value());
  device_.holds = false;
}

TEST_F(BlkDevice, completions_between_turns_are_given_back_with_the_next) {
  device_.holds = true;
  Driver& driver = start();
  const uint16_t id = read(driver);
  rig_.turn(2);
  EXPECT_FALSE(driver.answer(id).has_value());
  device_.complete_one();
  rig_.turn();
  EXPECT_TRUE(driver.answer(id).has_value());
  rig_.turn();
  EXPECT_GE(blk_.queue_counters(0).latency_ns.load(), 20'000U) << "two turns of virtual time";
  device_.holds = false;
}

TEST_F(BlkDevice, one_call_for_a_batch) {
  Driver& driver = start();
  take_events(driver.call_fd);
  driver.ring.set_used_event(19);
  std::array<uint16_t, 20> ids{};
  for (uint16_t& id : ids) {
    id = read(driver);
  }
  rig_.turn(3);
  EXPECT_EQ(take_events(driver.call_fd), 1U);
  for (const uint16_t id : ids) {
    EXPECT_TRUE(driver.answer(id).has_value());
  }
}

TEST_F(BlkDevice, another_call_fd_and_another_kick_fd) {
  Driver& driver = start();
  driver.ring.set_used_event(0);
  const UniqueFd call = model::make_eventfd();
  ASSERT_TRUE(rig_.run(blk_.set_call_fd(0, model::same_fd(call))).has_value());
  EXPECT_GE(take_events(call), 1U) << "what the old one was told may be lost";
  const uint16_t id = read(driver);
  rig_.turn(2);
  EXPECT_TRUE(driver.answer(id).has_value());
  EXPECT_EQ(take_events(call), 1U);
  const UniqueFd kick = model::make_eventfd();
  ASSERT_TRUE(rig_.run(blk_.set_kick_fd(0, model::same_fd(kick))).has_value());
  const uint64_t three = 3;
  ASSERT_EQ(::write(kick.get(), &three, sizeof three), 8);
  rig_.turn(2);
  EXPECT_EQ(blk_.queue_counters(0).kicks.load(), 3U);
}

TEST_F(BlkDevice, a_kick_fd_that_is_no_eventfd_does_not_hold_the_core) {
  Driver& driver = start();
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  UniqueFd read_end(pipe[0]);
  UniqueFd write_end(pipe[1]);
  ASSERT_TRUE(rig_.run(blk_.set_kick_fd(0, std::move(read_end))).has_value());
  ASSERT_EQ(::write(write_end.get(), "x", 1), 1);
  rig_.turn(3);
  write_end.reset();
  rig_.turn(3);
  const uint16_t id = read(driver);
  rig_.turn(2);
  EXPECT_TRUE(driver.answer(id).has_value());
}

TEST_F(BlkDevice, a_broken_ring_is_reported_once_and_stops) {
  Driver& driver = start();
  driver.ring.offer(5000);
  driver.ring.publish();
  rig_.turn(10);
  EXPECT_EQ(take_events(driver.error_fd), 1U);
  rig_.turn(10);
  EXPECT_EQ(take_events(driver.error_fd), 0U);
  EXPECT_TRUE(blk_.is_queue_running(0)) << "until the transport stops it";
  rig_.run(blk_.stop_queue(0));
  EXPECT_FALSE(blk_.is_queue_running(0));
}

TEST_F(BlkDevice, a_full_ring_of_requests_that_wait) {
  device_.holds = true;
  Driver& driver = start();
  std::vector<uint16_t> ids;
  const uint64_t header = arena_.allocate(16);
  const uint64_t status = arena_.allocate(1);
  arena_.at<BlkRequestHeader>(header) = {blk_type::Flush, 0, 0};
  const std::array buffers{Buffer{header, 16, false}, Buffer{status, 1, true}};
  for (uint16_t i = 0; i < Driver::size; ++i) {
    ids.push_back(driver.submit_buffers(buffers, status, true));
  }
  rig_.turn(20);
  EXPECT_EQ(device_.held.count(), Driver::size);
  while (!device_.held.is_empty()) {
    device_.complete_one();
  }
  rig_.turn(2);
  EXPECT_TRUE(std::ranges::all_of(ids, [&driver](uint16_t id) { return driver.answer(id).has_value(); }));
  device_.holds = false;
}

// -- memory

// The arena's memory in a table of its own mapping objects, to see how long a version lives.
struct WatchedMapping : Mapping {
  explicit WatchedMapping(bool& is_alive_) : is_alive(is_alive_) { is_alive = true; }
  ~WatchedMapping() override { is_alive = false; }
  bool& is_alive;
};

TEST_F(BlkDevice, memory_is_kept_until_nothing_in_flight_uses_it) {
  bool is_alive = false;
  {
    std::vector<MemoryRegion> table = arena_.table();
    table[0].mapping = std::make_shared<WatchedMapping>(is_alive);
    auto memory = GuestMemory::create(std::move(table));
    ASSERT_TRUE(memory.has_value());
    ASSERT_TRUE(rig_.run(blk_.set_memory({*memory, nullptr})).has_value());
    has_memory_ = true;
  }
  device_.holds = true;
  Driver& driver = start();
  const uint16_t old_id = read(driver);
  rig_.turn(2);
  std::optional<Result<void>> done;
  core::spawn(core::keep(blk_.set_memory({arena_.memory(), nullptr}), &done));
  rig_.turn(50);
  EXPECT_FALSE(done.has_value());
  EXPECT_TRUE(is_alive);
  const uint16_t new_id = read(driver);  // served from the new version meanwhile
  rig_.turn(2);
  EXPECT_EQ(device_.held.count(), 2U);
  device_.complete_one();
  rig_.turn(1000);
  ASSERT_TRUE(done.has_value());
  EXPECT_TRUE(done->has_value());
  EXPECT_FALSE(is_alive);
  device_.complete_one();
  rig_.turn(2);
  EXPECT_TRUE(driver.answer(old_id).has_value());
  EXPECT_TRUE(driver.answer(new_id).has_value());
  device_.holds = false;
}

TEST_F(BlkDevice, the_ring_is_found_again_where_memory_was_mapped_anew) {
  Driver& driver = start();
  const uint16_t before = read(driver);
  rig_.turn(2);
  ASSERT_TRUE(driver.answer(before).has_value());
  // The same guest memory, copied to another place on the host; user addresses are the same.
  std::vector<std::byte*> copies;
  std::vector<MemoryRegion> table = arena_.table();
  for (MemoryRegion& region : table) {
    copies.push_back(static_cast<std::byte*>(std::aligned_alloc(4096, region.size_bytes)));
    std::memcpy(copies.back(), region.host, region.size_bytes);
    region.host = copies.back();
  }
  auto memory = GuestMemory::create(std::move(table));
  ASSERT_TRUE(memory.has_value());
  // Offered in the copy only: whoever still looked at the old place would not see it.
  const uint16_t id = read(driver);
  std::memcpy(copies[0], arena_.host(0), Arena::region_bytes);
  driver.ring.set_avail_idx(1);
  ASSERT_TRUE(rig_.run(blk_.set_memory({*memory, nullptr})).has_value());
  rig_.turn(3);
  const uint64_t used = driver.ring.used_address();
  EXPECT_EQ(load_acquire<uint16_t>(copies[0] + used + 2), 2);
  EXPECT_EQ(load_acquire<uint16_t>(arena_.host(used + 2)), 1);
  (void)id;
  rig_.run(blk_.stop_queue(0));
  ASSERT_TRUE(rig_.run(blk_.set_memory({arena_.memory(), nullptr})).has_value());
  for (std::byte* const copy : copies) {
    std::free(copy);
  }
}

TEST_F(BlkDevice, memory_without_the_ring_breaks_the_queue) {
  Driver& driver = start();
  std::vector<MemoryRegion> table{arena_.table()[2]};
  auto memory = GuestMemory::create(std::move(table));
  ASSERT_TRUE(memory.has_value());
  EXPECT_FALSE(rig_.run(blk_.set_memory({*memory, nullptr})).has_value());
  EXPECT_EQ(take_events(driver.error_fd), 1U);
}

TEST_F(BlkDevice, what_is_written_is_in_the_dirty_log) {
  std::vector<std::byte> bitmap(Arena::far_address / 4096 / 8 + 1024);
  const auto is_marked = [&bitmap](uint64_t address) {
    return (static_cast<unsigned>(bitmap[address / 4096 / 8]) >> (address / 4096 % 8) & 1) != 0;
  };
  const auto dirty = std::make_shared<DirtyLog>(bitmap, nullptr);
  device_.holds = true;
  Driver& driver = start();
  const uint64_t at = arena_.allocate(16384, 4096);
  const uint64_t from = arena_.allocate(4096, 4096);
  const uint64_t elsewhere = arena_.allocate(4096, 4096);
  const std::array data{Buffer{at + 4096, 4096, true}, Buffer{at + 8192, 512, true}};
  const std::array written{Buffer{from, 512, false}};
  // In flight when logging begins: still logged, because it is written after.
  const uint16_t id = driver.submit(blk_type::In, 0, data);
  const uint16_t out = driver.submit(blk_type::Out, 0, written);
  rig_.turn(2);
  std::optional<Result<void>> done;
  core::spawn(core::keep(blk_.set_memory({arena_.memory(), dirty}), &done));
  rig_.turn(20);
  device_.complete_one();
  device_.complete_one();
  rig_.turn(1000);
  ASSERT_TRUE(done && driver.answer(id) && driver.answer(out));
  EXPECT_FALSE(is_marked(at));
  EXPECT_TRUE(is_marked(at + 4096));
  EXPECT_TRUE(is_marked(at + 8192));
  EXPECT_FALSE(is_marked(at + 12288));
  EXPECT_FALSE(is_marked(from)) << "what the device reads is not dirty";
  EXPECT_FALSE(is_marked(elsewhere));
  EXPECT_TRUE(is_marked(driver.ring.used_address()));
  device_.holds = false;
}

// -- several cores, with threads of their own

class BlkThreads : public testing::TestWithParam<bool> {
 protected:
  BlkThreads() {
    for (int i = 0; i < 2; ++i) {
      auto made = core::Reactor::create({.name = "data", .idle_spin_ns = 20'000, .uring_entries = 0}, clock_);
      check(made.has_value(), "a test's machine can make a reactor");
      data_.push_back(std::move(*made));
      data_.back()->start();
    }
    auto made = core::Reactor::create({.name = "control", .idle_spin_ns = 0, .uring_entries = 0}, clock_);
    check(made.has_value(), "a test's machine can make a reactor");
    control_ = std::move(*made);
    control_->run_turn();
  }
  ~BlkThreads() override {
    for (auto& reactor : data_) {
      reactor->stop();
    }
  }
  template <typename T>
  T run(core::Job<T> job) {
    std::optional<T> result;
    core::spawn(core::keep(std::move(job), &result));
    control_->run_until([&result] { return result.has_value(); });
    return std::move(*result);
  }

  core::MonotonicClock clock_;
  std::vector<std::unique_ptr<core::Reactor>> data_;
  std::unique_ptr<core::Reactor> control_;
};

// Each driver thread writes its own pattern and reads it back; sleeps on calls and kicks as the rings ask.
template <typename RingDriver>
void drive(Arena& arena, model::BlkDriver<RingDriver>& driver, uint64_t first_sector, int rounds) {
  const uint64_t buffer = arena.allocate(4096, 512);
  const auto request = [&](uint32_t type, bool is_writable) {
    const std::array data{Buffer{buffer, 4096, is_writable}};
    const uint16_t id = driver.submit(type, first_sector, data, true);
    if (driver.ring.wants_kick()) {
      const uint64_t one = 1;
      ASSERT_EQ(::write(driver.kick_fd.get(), &one, sizeof one), 8);
    }
    std::optional<typename model::BlkDriver<RingDriver>::Answer> answer;
    while (!(answer = driver.answer(id))) {
      std::this_thread::yield();
    }
    ASSERT_EQ(answer->status, status_ok);
  };
  for (int round = 0; round < rounds; ++round) {
    std::fill_n(arena.host(buffer), 4096, static_cast<std::byte>(round + 1));
    request(blk_type::Out, false);
    std::fill_n(arena.host(buffer), 4096, std::byte{0});
    request(blk_type::In, true);
    ASSERT_TRUE(std::all_of(arena.host(buffer), arena.host(buffer) + 4096,
                            [round](std::byte b) { return b == static_cast<std::byte>(round + 1); }));
  }
}

template <typename RingDriver>
void serve_from_two_cores(core::Reactor& control, std::vector<core::Reactor*> data, const auto& run) {
  auto device = block::MemoryDevice::create("memory", {.block_size = 512, .block_count = 4096});
  ASSERT_TRUE(device.has_value());
  Blk blk("disk", **device, control, std::move(data), {.queue_count_max = 3, .first_reactor = 1});
  EXPECT_NE(&blk.reactor_of(0), &blk.reactor_of(1));
  EXPECT_EQ(&blk.reactor_of(0), &blk.reactor_of(2));
  const uint64_t features = (blk.features() & ~feature::RingPacked) | RingDriver::format_features;
  blk.set_features(features);
  std::vector<std::unique_ptr<Arena>> arenas;
  std::vector<std::unique_ptr<model::BlkDriver<RingDriver>>> drivers;
  arenas.push_back(std::make_unique<Arena>());
  ASSERT_TRUE(run(blk.set_memory({arenas[0]->memory(), nullptr})).has_value());
  for (uint16_t i = 0; i < 3; ++i) {
    drivers.push_back(std::make_unique<model::BlkDriver<RingDriver>>(*arenas[0], features));
    ASSERT_TRUE(run(blk.start_queue(i, drivers[i]->setup())).has_value());
  }
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] { drive(*arenas[0], *drivers[i], i * 8, 40); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (uint16_t i = 0; i < 3; ++i) {
    EXPECT_EQ(blk.queue_counters(i).requests.load(), 80U);
    run(blk.stop_queue(i));
  }
}

TEST_P(BlkThreads, queues_are_served_by_several_cores) {
  const auto run_job = [this](auto job) { return run(std::move(job)); };
  const std::vector<core::Reactor*> data{data_[0].get(), data_[1].get()};
  if (GetParam()) {
    serve_from_two_cores<model::PackedDriver>(*control_, data, run_job);
  } else {
    serve_from_two_cores<model::SplitDriver>(*control_, data, run_job);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, BlkThreads, testing::Values(false, true),
                         [](const auto& param) { return param.param ? "packed" : "split"; });

}  // namespace
}  // namespace outrigger::virtio
