// What a device says is durable must be so: flush and FUA reach the bottom of every stack, and the kernel below files.
#include "accel/engine.h"
#include "backend/file.h"
#include "block/test_rig.h"
#include "contract/loop_device.h"
#include "contract/power_loss_device.h"
#include "volume/crypto.h"
#include "volume/qos.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

namespace outrigger::contract {
namespace {

using block::Op;
using block::Status;
using block::TestCore;
using block::TestIo;
using Bytes = std::vector<std::byte>;

constexpr uint32_t block_size = 4096;
constexpr uint64_t block_count = 64;

struct Stack {
  std::string name;
  bool is_encrypted = false;
  bool is_limited = false;
};

class Durability : public ::testing::TestWithParam<Stack> {
 protected:
  void SetUp() override {
    block::Device* top = &below_;
    if (GetParam().is_encrypted) {
      core::Random random(1);
      const Bytes key = random_bytes(random, accel::xts_key_bytes(accel::XtsCipher::Aes256));
      crypto_ = std::move(*volume::CryptoDevice::create("crypto", *top, accel::XtsCipher::Aes256, key));
      top = crypto_.get();
    }
    if (GetParam().is_limited) {
      qos_ = std::move(*volume::QosDevice::create("qos", *top, {.total_iops = 1'000'000}, clock_));
      top = qos_.get();
    }
    channel_ = std::move(*top->open_channel(core_.reactor()));
  }
  static Bytes random_bytes(core::Random& random, size_t count) {
    Bytes bytes(count);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random.next()); });
    return bytes;
  }

  void run(TestIo& io) {
    io.submit(*channel_);
    while (!io.is_done()) {
      clock_.advance(1000);
      core_.reactor().run_turn();
    }
    ASSERT_EQ(io.status(), Status::Ok);
  }
  // Writes `bytes` from memory that is cut anywhere.
  void write(uint64_t lba, const Bytes& bytes, uint8_t flags) {
    TestIo io(Op::Write, lba, bytes.size() / block_size, bytes.size());
    io.fill(bytes);
    io.cut(random_, 5);
    io.request().flags = flags;
    run(io);
  }
  Bytes read(uint64_t lba, uint64_t count) {
    TestIo io(Op::Read, lba, count, count * block_size);
    run(io);
    return {io.data().begin(), io.data().end()};
  }

  core::Random random_{7};
  core::ManualClock clock_;
  TestCore core_{clock_, {.uring_entries = 0, .buffer_bytes = 1 << 20}};
  PowerLossDevice below_{block_size, block_count};
  std::unique_ptr<volume::CryptoDevice> crypto_;
  std::unique_ptr<volume::QosDevice> qos_;
  std::unique_ptr<block::Channel> channel_;
};

TEST_P(Durability, what_was_written_before_a_flush_outlives_the_power_and_the_rest_does_not) {
  const Bytes before = random_bytes(random_, 20 * block_size);
  const Bytes after = random_bytes(random_, 20 * block_size);
  write(0, before, 0);
  TestIo flush(Op::Flush, 0, 0);
  run(flush);
  write(0, after, 0);
  ASSERT_EQ(read(0, 20), after);
  below_.lose_power();
  EXPECT_EQ(read(0, 20), before);
}

TEST_P(Durability, a_write_with_fua_outlives_the_power_alone) {
  const Bytes with = random_bytes(random_, 20 * block_size);
  const Bytes without = random_bytes(random_, 4 * block_size);
  write(30, without, 0);
  write(0, with, block::flag::Fua);
  below_.lose_power();
  EXPECT_EQ(read(0, 20), with);
  EXPECT_NE(read(30, 4), without);
}

TEST_P(Durability, zeroes_with_fua_outlive_the_power) {
  write(0, random_bytes(random_, 20 * block_size), block::flag::Fua);
  for (const uint8_t flags : {uint8_t{0}, block::flag::Fua}) {
    TestIo zeroes(Op::WriteZeroes, 0, 20);
    zeroes.request().flags = flags;
    run(zeroes);
    below_.lose_power();
    EXPECT_EQ(read(0, 20) == Bytes(20UL * block_size), flags != 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Durability,
                         ::testing::Values(Stack{"alone"}, Stack{"qos", false, true}, Stack{"crypto", true, false},
                                           Stack{"qos_over_crypto", true, true}),
                         [](const auto& each) { return each.param.name; });

// How many flushes a block device of the kernel has seen.
uint64_t flush_count(const std::string& path) {
  std::ifstream stat("/sys/block/" + std::filesystem::path(path).filename().string() + "/stat");
  uint64_t value = 0;
  for (int field = 1; field <= 16 && stat >> value; ++field) {
  }
  return value;
}

TEST(FileDurability, flush_and_fua_reach_the_block_device_and_plain_writes_do_not_flush) {
  if (const std::string why = LoopDevice::why_missing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  auto loop = LoopDevice::create(".", 1 << 20, 4096);
  ASSERT_TRUE(loop.has_value()) << loop.error().what;
  core::MonotonicClock clock;
  TestCore core(clock, {.buffer_bytes = 1 << 20});
  auto device = backend::FileDevice::open("disk", {.path = loop->path()});
  ASSERT_TRUE(device.has_value()) << device.error().what;
  auto channel = (*device)->open_channel(core.reactor());
  ASSERT_TRUE(channel.has_value()) << channel.error().what;
  const auto flushes_of = [&](Op op, uint8_t flags, size_t misalignment) {
    const uint64_t before = flush_count(loop->path());
    TestIo io(op, 0, op == Op::Write ? 1 : 0, op == Op::Write ? 4096 : 0, misalignment);
    io.request().flags = flags;
    EXPECT_EQ(io.run(**channel, core.reactor()), Status::Ok);
    return flush_count(loop->path()) - before;
  };
  EXPECT_EQ(flushes_of(Op::Write, 0, 0), 0U);
  EXPECT_EQ(flushes_of(Op::Write, block::flag::Fua, 0), 1U);
  EXPECT_EQ(flushes_of(Op::Write, block::flag::Fua, 8), 1U) << "through a page of ours";
  EXPECT_EQ(flushes_of(Op::Flush, 0, 0), 1U);
}

}  // namespace
}  // namespace outrigger::contract
