// Random commands against an array of bytes: whatever the device can and cannot do, and however memory is cut, the
// namespace holds what the specification says.
#include "nvme/limited_device.h"
#include "nvme/nvme_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

namespace outrigger::nvme {
namespace {

using rig::Issued;
using rig::sqe_of;

constexpr uint32_t block_bytes = 512;
constexpr uint64_t block_count = 4096;

uint64_t seed_of_test() {
  if (const char* const given = std::getenv("OUTRIGGER_SEED"); given != nullptr) {
    return std::strtoull(given, nullptr, 10);
  }
  return std::random_device{}();
}

class Differential : public testing::TestWithParam<rig::Ability> {
 protected:
  Differential() : queues_(GetParam().has_pool ? size_t{64} * 4096 : 0), random_(seed_) {
    queues_.attach();
    queues_.add(1, device_);
  }

  // Most are small, some are large.
  uint64_t any_count(uint64_t most) {
    return 1 + random_.below(random_.chance(4) ? most : std::min<uint64_t>(most, 9));
  }
  uint64_t any_lba(uint64_t count) { return random_.below(block_count - count + 1); }
  size_t any_cut() { return random_.chance(2) ? 0 : 400 + random_.below(5000); }
  std::byte* at(uint64_t lba) { return model_.data() + lba * block_bytes; }

  void read() {
    const uint64_t count = any_count(2048);
    const uint64_t lba = any_lba(count);
    Issued issued(queues_, sqe_of(IoOpcode::Read, lba, static_cast<uint32_t>(count)));
    ASSERT_TRUE(issued.run(any_cut()).is_success());
    ASSERT_TRUE(std::equal(issued.memory.begin(), issued.memory.end(), at(lba)));
  }
  void write() {
    const uint64_t count = any_count(2048);
    const uint64_t lba = any_lba(count);
    const auto data = rig::random_bytes(random_, count * block_bytes);
    Issued issued(queues_, sqe_of(IoOpcode::Write, lba, static_cast<uint32_t>(count)), data);
    ASSERT_TRUE(issued.run(any_cut()).is_success());
    std::ranges::copy(data, at(lba));
  }
  void write_zeroes() {
    const uint64_t count = any_count(block_count);
    const uint64_t lba = any_lba(count);
    const uint32_t bits = random_.chance(2) ? cdw12::Deallocate : 0;
    ASSERT_TRUE(
        Issued(queues_, sqe_of(IoOpcode::WriteZeroes, lba, static_cast<uint32_t>(count), bits)).run().is_success());
    std::fill_n(at(lba), count * block_bytes, std::byte{});
  }
  // What is there, or with one byte changed.
  std::vector<std::byte> any_guess(uint64_t lba, uint64_t count, bool is_right) {
    std::vector<std::byte> guess(at(lba), at(lba) + count * block_bytes);
    if (!is_right) {
      guess[random_.below(guess.size())] ^= std::byte{0x10};
    }
    return guess;
  }
  void compare() {
    const uint64_t count = any_count(2048);
    const uint64_t lba = any_lba(count);
    const bool is_right = random_.chance(2);
    Issued issued(queues_, sqe_of(IoOpcode::Compare, lba, static_cast<uint32_t>(count)),
                  any_guess(lba, count, is_right));
    issued.run(any_cut());
    ASSERT_EQ(issued.code(), is_right ? StatusCode::Success : StatusCode::CompareFailure);
  }
  void compare_and_write() {
    const uint64_t count = any_count(1024);
    const uint64_t lba = any_lba(count);
    const bool is_right = random_.chance(2);
    Sqe first = sqe_of(IoOpcode::Compare, lba, static_cast<uint32_t>(count));
    Sqe second = sqe_of(IoOpcode::Write, lba, static_cast<uint32_t>(count));
    first.flags |= 1;
    second.flags |= 2;
    const auto data = rig::random_bytes(random_, count * block_bytes);
    Issued one(queues_, first, any_guess(lba, count, is_right));
    Issued two(queues_, second, data);
    ASSERT_TRUE(one.prepare());
    ASSERT_TRUE(two.prepare());
    Issued& early = random_.chance(2) ? one : two;
    early.execute(4096);
    (&early == &one ? two : one).execute(4096 + random_.below(1000));
    ASSERT_EQ(one.wait().is_success(), is_right);
    ASSERT_EQ(two.wait().is_success(), is_right);
    if (is_right) {
      std::ranges::copy(data, at(lba));
    }
  }
  void copy() {
    std::vector<CopyRange> ranges(1 + random_.below(4));
    uint64_t sum = 0;
    for (CopyRange& range : ranges) {
      const uint64_t count = any_count(700);
      range.slba = any_lba(count);
      range.nlb = static_cast<uint16_t>(count - 1);
      sum += count;
    }
    const uint64_t to = any_lba(sum);
    Issued issued(queues_, sqe_of(IoOpcode::Copy, to, static_cast<uint32_t>(ranges.size())), rig::bytes_of(ranges));
    ASSERT_TRUE(issued.run(any_cut()).is_success());
    uint64_t lba = to;
    for (const CopyRange& range : ranges) {
      const uint64_t count = range.nlb + uint64_t{1};
      std::memmove(at(lba), at(range.slba), count * block_bytes);
      lba += count;
    }
  }
  void deallocate() {
    std::vector<DatasetRange> ranges(1 + random_.below(5));
    for (DatasetRange& range : ranges) {
      const uint64_t count = random_.below(600);
      range.slba = any_lba(count);
      range.block_count = static_cast<uint32_t>(count);
      if (GetParam().can_discard) {
        std::fill_n(at(range.slba), count * block_bytes, std::byte{});
      }
    }
    Sqe sqe = sqe_of(IoOpcode::DatasetManagement);
    sqe.cdw10 = static_cast<uint32_t>(ranges.size() - 1);
    sqe.cdw11 = dataset_deallocate;
    ASSERT_TRUE(Issued(queues_, sqe, rig::bytes_of(ranges)).run(any_cut()).is_success());
  }
  void verify() {
    const uint64_t count = any_count(block_count);
    ASSERT_TRUE(
        Issued(queues_, sqe_of(IoOpcode::Verify, any_lba(count), static_cast<uint32_t>(count))).run().is_success());
  }
  void any_command() {
    switch (random_.below(9)) {
      case 0: return write();
      case 1: return write_zeroes();
      case 2: return compare();
      case 3: return compare_and_write();
      case 4: return copy();
      case 5: return deallocate();
      case 6: return verify();
      default: return read();
    }
  }

  const uint64_t seed_ = seed_of_test();
  std::unique_ptr<block::MemoryDevice> memory_ = rig::memory_device(block_count);
  rig::LimitedDevice device_{*memory_, GetParam()};
  rig::Queues queues_;
  core::Random random_;
  std::vector<std::byte> model_ = std::vector<std::byte>(block_count * block_bytes);
};

TEST_P(Differential, random_commands_leave_what_the_model_has) {
  SCOPED_TRACE("replay with OUTRIGGER_SEED=" + std::to_string(seed_));
  for (int i = 0; i < 300; ++i) {
    any_command();
    if (HasFatalFailure()) {
      return;
    }
  }
  Issued all(queues_, sqe_of(IoOpcode::Read, 0, 2048));
  ASSERT_TRUE(all.run().is_success());
  EXPECT_TRUE(std::equal(all.memory.begin(), all.memory.end(), model_.begin()));
}

INSTANTIATE_TEST_SUITE_P(
    Devices, Differential,
    testing::Values(rig::Ability{.name = "everything"}, rig::Ability{.name = "everything_and_pool", .has_pool = true},
                    rig::Ability{.name = "nothing",
                                 .can_discard = false,
                                 .can_write_zeroes = false,
                                 .can_compare_and_write = false,
                                 .can_copy = false},
                    rig::Ability{.name = "nothing_and_short_transfers",
                                 .can_discard = false,
                                 .can_write_zeroes = false,
                                 .can_compare_and_write = false,
                                 .can_copy = false,
                                 .transfer_bytes_max = 5 * 512,
                                 .has_pool = true},
                    rig::Ability{.name = "late_answers", .can_copy = false, .is_late = true},
                    rig::Ability{.name = "late_pairs_in_steps", .can_compare_and_write = false, .is_late = true},
                    rig::Ability{.name = "short_discards", .discard_blocks_max = 7, .is_late = true}),
    [](const auto& ability) { return std::string(ability.param.name); });

}  // namespace
}  // namespace outrigger::nvme
