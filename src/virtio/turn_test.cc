// How much of a core one guest gets in a turn, and what it may do to our event descriptors.
#include "virtio/blk_rig.h"
#include "virtio/event_signal.h"
#include "virtio/limits.h"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

namespace outrigger::virtio {
namespace {

using block::Op;
using model::Arena;
using model::Buffer;
using model::take_events;

constexpr uint8_t status_ok = 0;
constexpr uint8_t status_ioerr = 1;
constexpr uint64_t sector_count = 1ULL << 33;  // 4 TiB

class Turns : public testing::Test {
 protected:
  using Driver = model::BlkDriver<model::SplitDriver>;

  Turns() {
    const uint64_t features = blk_.features() & ~feature::RingPacked;
    blk_.set_features(features);
    check(rig_.run(blk_.set_memory({arena_.memory(), nullptr})).has_value(), "a test has memory");
    driver_.emplace(arena_, features);
  }
  ~Turns() override {
    if (blk_.is_queue_running(0)) {
      rig_.run(blk_.stop_queue(0));
    }
  }
  void start() { ASSERT_TRUE(rig_.run(blk_.start_queue(0, driver_->setup())).has_value()); }
  static block::Geometry geometry() {
    block::Geometry large = model::full_geometry();
    large.block_count = sector_count;
    return large;
  }
  // Bytes that reached the device since the last call.
  uint64_t take_seen() {
    uint64_t bytes = 0;
    for (const auto& seen : device_.seen) {
      bytes += seen.block_count * 512;
      seen_max_ = std::max(seen_max_, seen.block_count * 512);
    }
    device_.seen.clear();
    return bytes;
  }
  uint16_t submit_ranges(uint32_t type, uint32_t range_count, uint32_t sectors) {
    const uint64_t at = arena_.allocate(16ULL * range_count);
    for (uint32_t i = 0; i < range_count; ++i) {
      arena_.at<BlkRange>(at + 16ULL * i) = {uint64_t{i} * 8, sectors, 0};
    }
    const std::array data{Buffer{at, 16 * range_count, false}};
    return driver_->submit(type, 0, data);
  }
  // `count` segments of `bytes` each, all over the same memory.
  uint16_t submit_overlapping(uint32_t type, uint32_t count, uint32_t bytes) {
    const uint64_t at = arena_.allocate(bytes);
    return driver_->submit(type, 0, std::vector<Buffer>(count, Buffer{at, bytes, type == blk_type::In}), true);
  }

  model::Rig rig_;
  Arena arena_;
  model::RecordingDevice device_{geometry()};
  Blk blk_{"disk", device_, *rig_.reactor, {rig_.reactor.get()}, {}};
  std::optional<Driver> driver_;
  uint64_t seen_max_ = 0;
};

TEST_F(Turns, a_write_zeroes_of_the_whole_disk_32_times_takes_turns) {
  start();
  submit_ranges(blk_type::WriteZeroes, blk_ranges_max, UINT32_MAX);
  for (int turn = 0; turn < 200; ++turn) {
    rig_.turn();
    EXPECT_LE(take_seen(), range_piece_bytes_max);
  }
  EXPECT_LE(seen_max_, range_piece_bytes_max);
  // Others are served meanwhile.
  const std::array data{Buffer{arena_.allocate(512), 512, true}};
  const uint16_t other = driver_->submit(blk_type::In, 0, data);
  rig_.turn(2);
  EXPECT_EQ(driver_->answer(other)->status, status_ok);
  device_.answer = block::Status::IoError;  // or the end of the test would wait for it
}

TEST_F(Turns, ranges_in_pieces_cover_what_was_asked_for) {
  start();
  const uint32_t sectors = (3 * range_piece_bytes_max + 8 * 512) / 512;
  const uint16_t id = submit_ranges(blk_type::Discard, 2, sectors);
  rig_.turn(20);
  EXPECT_EQ(driver_->answer(id)->status, status_ok);
  const std::vector<model::RecordingDevice::Seen> seen = device_.seen;
  ASSERT_EQ(seen.size(), 8U);
  uint64_t next = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (i == 4) {
      EXPECT_EQ(next, sectors);
      next = 8;
    }
    EXPECT_EQ(seen[i].lba, next);
    next += seen[i].block_count;
  }
  EXPECT_EQ(next, sectors + 8U);
}

TEST_F(Turns, large_transfers_are_cut_and_take_turns) {
  start();
  const uint16_t id = submit_overlapping(blk_type::In, 100, 1U << 20);
  uint64_t sum = 0;
  int turns = 0;
  for (; turns < 200 && sum < 100U << 20; ++turns) {
    rig_.turn();
    const uint64_t bytes = take_seen();
    EXPECT_LE(bytes, 2 * turn_bytes_max) << "once for new requests, once for what was parked";
    sum += bytes;
  }
  EXPECT_EQ(sum, 100U << 20);
  EXPECT_GE(turns, 13);
  EXPECT_LE(seen_max_, piece_bytes_max);
  rig_.turn();
  const auto answer = driver_->answer(id);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, status_ok);
  EXPECT_EQ(answer->used_length, (100U << 20) + 1);
  EXPECT_EQ(blk_.queue_counters(0).bytes_read.load(), 100U << 20);
}

TEST_F(Turns, a_batch_of_large_requests_takes_turns) {
  start();
  std::vector<uint16_t> ids;
  for (int i = 0; i < 32; ++i) {
    ids.push_back(submit_overlapping(blk_type::Out, 16, 64U << 10));
  }
  for (int turn = 0; turn < 20; ++turn) {
    rig_.turn();
    EXPECT_LE(take_seen(), 2 * (turn_bytes_max + piece_bytes_max));
  }
  for (const uint16_t id : ids) {
    EXPECT_EQ(driver_->answer(id)->status, status_ok);
  }
}

TEST_F(Turns, pieces_go_on_when_the_device_answers_later_and_end_with_the_first_error) {
  device_.holds = true;
  start();
  const uint16_t good = submit_overlapping(blk_type::In, 5, 1U << 20);
  const uint16_t bad = submit_overlapping(blk_type::In, 5, 1U << 20);
  rig_.turn();
  ASSERT_EQ(device_.held.count(), 2U);
  device_.complete_one();
  device_.complete_one(block::Status::IoError);
  rig_.turn(2);
  EXPECT_EQ(driver_->answer(bad)->status, status_ioerr);
  while (!device_.held.is_empty()) {
    device_.complete_one();
    rig_.turn(2);
  }
  EXPECT_EQ(driver_->answer(good)->status, status_ok);
  EXPECT_EQ(device_.seen.size(), 4U) << "three pieces, and the one that failed";
  device_.holds = false;
}

TEST_F(Turns, stopping_finishes_what_is_parked) {
  start();
  const uint16_t id = submit_overlapping(blk_type::In, 100, 1U << 20);
  rig_.turn();
  EXPECT_FALSE(driver_->answer(id).has_value());
  rig_.run(blk_.stop_queue(0));
  EXPECT_EQ(driver_->answer(id)->status, status_ok);
}

// -- event descriptors in the hands of a hostile front end

void fill(const UniqueFd& fd) {
  const uint64_t most = UINT64_MAX - 1;
  take_events(fd);
  check(::write(fd.get(), &most, sizeof most) == sizeof most, "an eventfd takes that");
}
void make_blocking(const UniqueFd& fd) {
  check(::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK) == 0, "flags are for everybody to set");
}

TEST(EventSignal, a_full_counter_is_no_failure) {
  const UniqueFd fd = model::make_eventfd();
  EXPECT_TRUE(signal_event(fd.get()));
  EXPECT_EQ(take_events(fd), 1U);
  fill(fd);
  EXPECT_TRUE(signal_event(fd.get()));
}

TEST(EventSignal, a_write_that_sleeps_is_interrupted_from_every_thread_also_after_a_rest) {
  const UniqueFd fd = model::make_eventfd();
  fill(fd);
  make_blocking(fd);
  for (int round = 0; round < 2; ++round) {
    std::array<std::thread, 2> threads;
    std::atomic<int> interrupted{0};
    for (std::thread& thread : threads) {
      thread = std::thread([&] { interrupted += signal_event(fd.get()) ? 0 : 1; });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(interrupted, 2);
    if (round == 0) {  // let the guardian go to rest
      const timespec pause{.tv_sec = 0, .tv_nsec = 2 * signal_check_ns * (signal_quiet_checks_max / 2)};
      ::nanosleep(&pause, nullptr);
    }
  }
}

TEST_F(Turns, a_call_fd_made_to_block_costs_the_front_end_its_queue_and_nobody_else_much) {
  start();
  fill(driver_->call_fd);
  make_blocking(driver_->call_fd);
  driver_->ring.set_used_event(0);
  const std::array data{Buffer{arena_.allocate(512), 512, true}};
  const uint16_t id = driver_->submit(blk_type::In, 0, data);
  const auto before = std::chrono::steady_clock::now();
  rig_.turn(2);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2)) << "a core came back";
  EXPECT_TRUE(driver_->answer(id).has_value()) << "what was done is given back";
  const uint16_t late = driver_->submit(blk_type::In, 0, data);
  rig_.turn(5);
  EXPECT_FALSE(driver_->answer(late).has_value()) << "the queue is broken";
  EXPECT_EQ(take_events(driver_->error_fd), 0U) << "nothing of this front end is written to any more";
  rig_.run(blk_.stop_queue(0));
  // The next start waits, and then all is as before.
  std::optional<Result<void>> started;
  make_blocking(driver_->call_fd);
  take_events(driver_->call_fd);
  QueueSetup setup = driver_->setup();
  setup.base = {1};
  core::spawn(core::keep(blk_.start_queue(0, std::move(setup)), &started));
  rig_.turn(1000);
  EXPECT_FALSE(started.has_value());
  rig_.clock.advance(strike_pause_ns);
  rig_.turn(10);
  ASSERT_TRUE(started.has_value() && started->has_value());
  rig_.turn(2);
  EXPECT_TRUE(driver_->answer(late).has_value());
  EXPECT_GE(take_events(driver_->call_fd), 1U);
}

TEST_F(Turns, a_kick_fd_made_to_block_does_not_hold_the_core) {
  start();
  const uint64_t one = 1;
  ASSERT_EQ(::write(driver_->kick_fd.get(), &one, sizeof one), 8);
  make_blocking(driver_->kick_fd);
  rig_.turn();
  EXPECT_EQ(blk_.queue_counters(0).kicks.load(), 1U);
  // The front end is quicker to read than we are: stolen between epoll and read, again and again.
  std::atomic<bool> is_stopping{false};
  std::thread thief([&] {
    while (!is_stopping) {
      (void)!::write(driver_->kick_fd.get(), &one, sizeof one);
      uint64_t count = 0;
      const iovec into{.iov_base = &count, .iov_len = sizeof count};
      (void)!::preadv2(driver_->kick_fd.get(), &into, 1, -1, RWF_NOWAIT);
    }
  });
  rig_.turn(2000);
  is_stopping = true;
  thief.join();
}

TEST_F(Turns, the_error_fd_is_signalled_when_a_queue_cannot_start) {
  QueueSetup setup = driver_->setup();
  setup.size = 100;
  EXPECT_FALSE(rig_.run(blk_.start_queue(0, std::move(setup))).has_value());
  EXPECT_EQ(take_events(driver_->error_fd), 1U);
}

TEST_F(Turns, a_call_fd_that_comes_late_is_told) {
  QueueSetup setup = driver_->setup();
  setup.call_fd.reset();
  ASSERT_TRUE(rig_.run(blk_.start_queue(0, std::move(setup))).has_value());
  const std::array data{Buffer{arena_.allocate(512), 512, true}};
  for (uint16_t i = 0; i < 3; ++i) {
    const uint16_t id = driver_->submit(blk_type::In, 0, data);
    rig_.turn(2);
    EXPECT_TRUE(driver_->answer(id).has_value());
  }
  ASSERT_TRUE(rig_.run(blk_.set_call_fd(0, model::same_fd(driver_->call_fd))).has_value());
  EXPECT_EQ(take_events(driver_->call_fd), 1U);
  // What was asked for before counts no more: the event index stands behind, where it was passed without a call.
  driver_->ring.set_used_event(1);
  const uint16_t id = driver_->submit(blk_type::In, 0, data);
  rig_.turn(2);
  EXPECT_TRUE(driver_->answer(id).has_value());
  EXPECT_EQ(take_events(driver_->call_fd), 1U) << "when nobody knows, one too many";
  driver_->ring.set_used_event(1);
  const uint16_t next = driver_->submit(blk_type::In, 0, data);
  rig_.turn(2);
  EXPECT_TRUE(driver_->answer(next).has_value());
  EXPECT_EQ(take_events(driver_->call_fd), 0U);
}

// -- the dirty log

class DirtyTurns : public Turns {
 protected:
  // Logging, from here on, into `bitmap_`.
  void log() { ASSERT_TRUE(rig_.run(blk_.set_memory({arena_.memory(), dirty_})).has_value()); }
  [[nodiscard]] bool is_marked(uint64_t address) const {
    return (static_cast<unsigned>(bitmap_[address / 4096 / 8]) >> (address / 4096 % 8) & 1) != 0;
  }
  std::vector<std::byte> bitmap_ = std::vector<std::byte>(Arena::far_address / 4096 / 8 + 1024);
  std::shared_ptr<DirtyLog> dirty_ = std::make_shared<DirtyLog>(bitmap_, nullptr);
};

TEST_F(DirtyTurns, what_a_refused_request_names_is_not_marked) {
  start();
  log();
  const uint64_t at = arena_.allocate(8192, 4096);
  const uint64_t status_page = arena_.allocate(4096, 4096);
  const std::array odd{Buffer{at, 513, true}};
  const uint16_t refused = driver_->submit(blk_type::In, 0, odd);
  const uint64_t header = arena_.allocate(16);
  arena_.at<BlkRequestHeader>(header) = {99, 0, 0};
  const std::array unknown{Buffer{header, 16, false}, Buffer{at, 4096, true}, Buffer{status_page, 1, true}};
  const uint16_t unsupported = driver_->submit_buffers(unknown, status_page);
  rig_.turn(3);
  EXPECT_EQ(driver_->answer(refused)->status, status_ioerr);
  EXPECT_EQ(driver_->answer(unsupported)->status, 2);
  EXPECT_FALSE(is_marked(at));
  EXPECT_TRUE(is_marked(status_page));
}

TEST_F(DirtyTurns, failed_reads_and_pieces_and_the_id_are_marked) {
  start();
  log();
  const uint64_t failed = arena_.allocate(4096, 4096);
  device_.answer = block::Status::IoError;
  const std::array data{Buffer{failed, 512, true}};
  driver_->submit(blk_type::In, 0, data);
  rig_.turn(2);
  EXPECT_TRUE(is_marked(failed)) << "who knows what it wrote before it failed";
  device_.answer = block::Status::Ok;
  const uint64_t id = arena_.allocate(4096 + 4096, 4096);
  const std::array answer{Buffer{id, 4096 + 20, true}};
  driver_->submit(blk_type::GetId, 0, answer);
  rig_.turn(2);
  EXPECT_TRUE(is_marked(id));
  EXPECT_FALSE(is_marked(id + 4096)) << "20 bytes and no more";
  const uint64_t large = arena_.allocate(1U << 20, 4096);
  driver_->submit(blk_type::In, 0, std::vector<Buffer>(3, Buffer{large, 1U << 20, true}), true);
  rig_.turn(5);
  EXPECT_TRUE(is_marked(large) && is_marked(large + (1U << 20) - 1));
}

TEST_F(DirtyTurns, another_log_with_the_same_memory_waits_for_nobody) {
  device_.holds = true;
  start();
  const uint64_t at = arena_.allocate(4096, 4096);
  const std::array data{Buffer{at, 512, true}};
  const uint16_t id = driver_->submit(blk_type::In, 0, data);
  rig_.turn(2);
  log();  // ends though the request is in flight
  ASSERT_TRUE(rig_.run(blk_.set_used_log(0, {.address = at + 4096, .is_wanted = true})).has_value());
  device_.complete_one();
  rig_.turn(2);
  EXPECT_TRUE(driver_->answer(id).has_value());
  EXPECT_TRUE(is_marked(at)) << "it was written after the log began";
  EXPECT_TRUE(is_marked(at + 4096)) << "the used ring, where the front end wants it";
  device_.holds = false;
}

}  // namespace
}  // namespace outrigger::virtio
