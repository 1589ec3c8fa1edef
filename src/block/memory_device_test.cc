#include "block/memory_device.h"

#include "core/clock.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

namespace outrigger::block {
namespace {

// How much of `memory` the machine has really given.
uint64_t resident_bytes(std::span<std::byte> memory) {
  std::vector<unsigned char> pages(memory.size() / 4096);
  EXPECT_EQ(::mincore(memory.data(), memory.size(), pages.data()), 0);
  return static_cast<uint64_t>(std::ranges::count_if(pages, [](unsigned char page) { return (page & 1) != 0; })) * 4096;
}

TEST(SparseMemory, takes_memory_where_written_and_gives_it_back) {
  constexpr uint64_t size = 1ULL << 40;
  constexpr uint64_t written = 48ULL << 20;
  SparseMemory memory;
  ASSERT_TRUE(memory.reserve(size).has_value());
  const std::span<std::byte> start = memory.piece(0, written + (2 << 20));
  EXPECT_EQ(resident_bytes(start), 0U);
  std::memset(start.data(), 1, written);
  EXPECT_GE(resident_bytes(start), written);
  memory.zero(0, written, true);
  EXPECT_EQ(resident_bytes(start.first(written)), 0U);
  std::memset(start.data(), 1, 3 * 4096);
  memory.zero(100, 2 * 4096, true);  // one whole page and two edges
  EXPECT_EQ(start[99], std::byte{1});
  EXPECT_EQ(start[100], std::byte{0});
  EXPECT_EQ(start[4096], std::byte{0});
  EXPECT_EQ(start[100 + 2 * 4096 - 1], std::byte{0});
  EXPECT_EQ(start[100 + 2 * 4096], std::byte{1});
}

// Runs one request to its end; everything a MemoryDevice does ends within submit().
Status run(Channel& channel, Op op, uint64_t lba, uint64_t count, std::vector<char>* data = nullptr,
           uint64_t source_lba = 0) {
  Request request;
  iovec iov{};
  request.op = op;
  request.lba = lba;
  request.block_count = count;
  request.source_lba = source_lba;
  if (data != nullptr) {
    iov = {data->data(), data->size()};
    request.iov = &iov;
    request.iov_count = 1;
  }
  bool is_done = false;
  request.push([](Request& done) noexcept { *static_cast<bool*>(done.popped().owner) = true; }, &is_done);
  channel.submit(request);
  EXPECT_TRUE(is_done);
  return request.status;
}

class MemoryDeviceTest : public ::testing::Test {
 protected:
  void open(const MemoryOptions& options) {
    auto made = MemoryDevice::create("m0", options);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    device = std::move(*made);
    channel = std::move(*device->open_channel(*reactor));
  }
  std::vector<char> read(uint64_t lba, uint64_t count) {
    std::vector<char> data(count * device->fixed_geometry().block_size, '?');
    EXPECT_EQ(run(*channel, Op::Read, lba, count, &data), Status::Ok);
    return data;
  }
  void write(uint64_t lba, uint64_t count, char value) {
    std::vector<char> data(count * device->fixed_geometry().block_size, value);
    EXPECT_EQ(run(*channel, Op::Write, lba, count, &data), Status::Ok);
  }
  [[nodiscard]] std::vector<char> all(uint64_t count, char value) const {
    return std::vector<char>(count * device->fixed_geometry().block_size, value);
  }

  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor =
      std::move(*core::Reactor::create({.name = "test", .uring_entries = 0}, clock));
  std::unique_ptr<MemoryDevice> device;
  std::unique_ptr<Channel> channel;
};

TEST_F(MemoryDeviceTest, refuses_geometries_that_make_no_sense) {
  EXPECT_EQ(MemoryDevice::create("m", {.block_size = 500, .block_count = 1}).error().code, Code::InvalidArgument);
  EXPECT_EQ(MemoryDevice::create("m", {.block_size = 131072, .block_count = 1}).error().code, Code::InvalidArgument);
  EXPECT_EQ(MemoryDevice::create("m", {.block_count = 0}).error().code, Code::InvalidArgument);
  EXPECT_EQ(MemoryDevice::create("m", {.block_count = UINT64_MAX / 512}).error().code, Code::InvalidArgument);
}

TEST_F(MemoryDeviceTest, is_zeroes_at_first_and_keeps_what_is_written) {
  open({.block_size = 4096, .block_count = 1000});
  EXPECT_EQ(read(500, 3), all(3, 0));
  write(501, 1, 'a');
  EXPECT_EQ(read(500, 1), all(1, 0));
  EXPECT_EQ(read(501, 1), all(1, 'a'));
}

TEST_F(MemoryDeviceTest, lends_what_is_within_it_and_counts_that_as_reads) {
  open({.block_size = 512, .block_count = 1000});
  write(3, 2, 'a');
  const auto lent = channel->borrow(3, 2);
  ASSERT_EQ(lent.size(), 2U * 512);
  EXPECT_TRUE(std::ranges::all_of(lent, [](std::byte byte) { return byte == std::byte{'a'}; }));
  EXPECT_TRUE(channel->borrow(3, 0).empty());
  EXPECT_TRUE(channel->borrow(1000, 1).empty());
  EXPECT_TRUE(channel->borrow(1, UINT64_MAX).empty());
  EXPECT_EQ(device->counter_sums().of(OpClass::Read).operations, 1U);
}

TEST_F(MemoryDeviceTest, discards_and_zeroes_whole_pages_and_edges) {
  open({.block_size = 512, .block_count = 4096});
  write(0, 4096, 'x');
  EXPECT_EQ(run(*channel, Op::Discard, 3, 1000), Status::Ok);
  EXPECT_EQ(read(0, 3), all(3, 'x'));
  EXPECT_EQ(read(3, 1000), all(1000, 0));
  EXPECT_EQ(read(1003, 1), all(1, 'x'));
  EXPECT_EQ(run(*channel, Op::WriteZeroes, 2001, 2), Status::Ok);
  EXPECT_EQ(read(2000, 1), all(1, 'x'));
  EXPECT_EQ(read(2001, 2), all(2, 0));
  EXPECT_EQ(read(2003, 1), all(1, 'x'));
}

TEST_F(MemoryDeviceTest, grows_again_and_again_without_losing_anything) {
  open({.block_size = 512, .block_count = 9});
  write(8, 1, 'e');
  uint64_t count = 9;
  for (const uint64_t grown : {10ULL, 17ULL, 100ULL, 1000ULL, 40'000ULL, 90'000ULL}) {
    ASSERT_TRUE(device->resize(grown).has_value());
    EXPECT_EQ(read(8, 1), all(1, 'e'));
    EXPECT_EQ(read(count, grown - count), all(grown - count, 0));
    write(count - 1, 2, 'e');  // across the old end
    EXPECT_EQ(read(count - 1, 2), all(2, 'e'));
    count = grown;
    write(count - 1, 1, 'e');
  }
  EXPECT_EQ(run(*channel, Op::Discard, 1, 80'000), Status::Ok);
  EXPECT_EQ(read(1, 80'000), all(80'000, 0));
}

TEST_F(MemoryDeviceTest, what_was_cut_off_is_gone) {
  open({.block_size = 512, .block_count = 1000});
  write(0, 1000, 's');
  ASSERT_TRUE(device->resize(10).has_value());
  std::vector<char> data(512);
  EXPECT_EQ(run(*channel, Op::Read, 10, 1, &data), Status::OutOfRange);
  ASSERT_TRUE(device->resize(1000).has_value());
  EXPECT_EQ(read(0, 10), all(10, 's'));
  EXPECT_EQ(read(10, 990), all(990, 0));
  EXPECT_EQ(device->resize(0).error().code, Code::InvalidArgument);
  EXPECT_EQ(device->block_count(), 1000U);
}

TEST_F(MemoryDeviceTest, copies_also_where_source_and_target_overlap) {
  open({.block_size = 512, .block_count = 9});
  ASSERT_TRUE(device->resize(64).has_value());  // segments end at 16, 32, 64 blocks
  for (const uint64_t source : {0U, 3U, 10U, 20U}) {
    for (const uint64_t target : {0U, 5U, 12U, 30U}) {
      std::vector<char> model;
      for (uint64_t i = 0; i < 64; ++i) {
        const char value = static_cast<char>('0' + i);
        write(i, 1, value);
        model.insert(model.end(), 512, value);
      }
      EXPECT_EQ(run(*channel, Op::Copy, target, 30, nullptr, source), Status::Ok);
      std::memmove(model.data() + target * 512, model.data() + source * 512, 30 * 512);
      EXPECT_EQ(read(0, 64), model) << source << " to " << target;
    }
  }
}

TEST_F(MemoryDeviceTest, compares_and_writes) {
  open({.block_size = 512, .block_count = 64, .can_compare_and_write = true});
  write(5, 2, 'a');
  std::vector<char> data(1024, 'a');
  data.resize(2048, 'b');
  EXPECT_EQ(run(*channel, Op::CompareAndWrite, 5, 2, &data), Status::Ok);
  EXPECT_EQ(read(5, 2), all(2, 'b'));
  EXPECT_EQ(run(*channel, Op::CompareAndWrite, 5, 2, &data), Status::Miscompare);
  EXPECT_EQ(read(5, 2), all(2, 'b'));
}

TEST_F(MemoryDeviceTest, without_the_option_there_is_no_compare_and_write) {
  open({.block_size = 512, .block_count = 64});
  std::vector<char> data(1024);
  EXPECT_EQ(run(*channel, Op::CompareAndWrite, 5, 1, &data), Status::Unsupported);
}

// Two cores add to one counter by compare-and-write while a third writes beside it: no increment is lost.
TEST_F(MemoryDeviceTest, compare_and_write_is_atomic_among_cores) {
  open({.block_size = 512, .block_count = 64, .can_compare_and_write = true});
  constexpr uint64_t per_core = 2'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([this] {
      auto mine = std::move(*device->open_channel(*reactor));
      uint64_t expected = 0;
      for (uint64_t added = 0; added < per_core;) {
        std::vector<char> pair(1024);
        const uint64_t next = expected + 1;
        std::memcpy(pair.data(), &expected, sizeof(expected));
        std::memcpy(pair.data() + 512, &next, sizeof(next));
        if (run(*mine, Op::CompareAndWrite, 7, 1, &pair) == Status::Ok) {
          ++added;
          ++expected;
        } else {
          // The counter only grows: look for its value upwards from here.
          ++expected;
          expected = expected > 2 * per_core ? 0 : expected;
        }
      }
    });
  }
  threads.emplace_back([this] {
    auto mine = std::move(*device->open_channel(*reactor));
    std::vector<char> data(512, 'w');
    for (int i = 0; i < 10'000; ++i) {
      EXPECT_EQ(run(*mine, Op::Write, 8, 1, &data), Status::Ok);
    }
  });
  for (auto& thread : threads) {
    thread.join();
  }
  uint64_t value = 0;
  const auto block = read(7, 1);
  std::memcpy(&value, block.data(), sizeof(value));
  EXPECT_EQ(value, 2 * per_core);
}

}  // namespace
}  // namespace outrigger::block
