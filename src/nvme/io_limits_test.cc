// The limits of a port: what they count, who waits for them, and what becomes of those who wait.
#include "core/rate_limits.h"
#include "nvme/nvme_rig.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

namespace outrigger::nvme {
namespace {

using rig::Answer;
using rig::Issued;
using rig::sqe_of;

constexpr uint64_t ms = 1'000'000;
constexpr uint32_t block_size = 512;

class PortLimits : public testing::Test {
 protected:
  PortLimits() {
    for (rig::Queues* each : {&queues, &others}) {
      each->add(1, *device);
      each->attach();
    }
  }
  // The first costs the burst; each other has to wait for its own.
  void limit(const core::Rates& rates) { limits->configure(rates, queues.clock.now_ns()); }
  void pass_ms(uint64_t count) {
    for (rig::Queues* each : {&queues, &others}) {
      each->clock.advance(count * ms);
      each->turn(3);
    }
  }
  static Sqe read(uint32_t blocks = 1) { return sqe_of(IoOpcode::Read, 0, blocks); }

  std::shared_ptr<core::RateLimits> limits = std::make_shared<core::RateLimits>();
  std::unique_ptr<block::MemoryDevice> device = rig::memory_device(100'000, block_size);
  rig::Queues queues{0, limits};
  rig::Queues others{0, limits};
};

TEST_F(PortLimits, hold_for_all_queues_together) {
  limit({.total_iops = 100, .total_iops_burst = 1});
  EXPECT_EQ(Issued(queues, read()).run(), Status());
  Issued second(others, read());
  Issued third(queues, sqe_of(IoOpcode::Write, 0, 1));
  second.start();
  third.start();
  EXPECT_FALSE(second.is_done || third.is_done);
  pass_ms(10);
  EXPECT_TRUE(second.is_done);
  EXPECT_FALSE(third.is_done);
  pass_ms(10);
  EXPECT_TRUE(third.is_done);
  EXPECT_EQ(third.command.status, Status());
}

TEST_F(PortLimits, of_writes_hold_no_read_and_no_flush) {
  limit({.write_iops = 100, .write_iops_burst = 1});
  Issued first(queues, sqe_of(IoOpcode::Write, 0, 1));
  Issued held(queues, sqe_of(IoOpcode::Write, 0, 1));
  first.start();
  held.start();
  EXPECT_TRUE(first.is_done);
  EXPECT_EQ(Issued(queues, read()).run(), Status());
  EXPECT_EQ(Issued(queues, sqe_of(IoOpcode::Flush)).run(), Status());
  EXPECT_FALSE(held.is_done);
  pass_ms(10);
  EXPECT_TRUE(held.is_done);
}

// Bytes that a command moves, whatever it is called: 100 of them a millisecond.
TEST_F(PortLimits, count_bytes_of_each_kind_of_command) {
  std::vector<CopyRange> ranges(2);
  for (CopyRange& range : ranges) {
    range.slba = 8;
    range.nlb = 1;  // 0's based
  }
  Sqe copy = sqe_of(IoOpcode::Copy, 64, 1);
  copy.cdw12 = 1;
  struct Case {
    Sqe sqe;
    uint64_t blocks;
  };
  const std::array cases = {Case{read(4), 4}, Case{sqe_of(IoOpcode::Write, 0, 3), 3},
                            Case{sqe_of(IoOpcode::Compare, 2000, 2), 2}, Case{sqe_of(IoOpcode::Verify, 0, 5), 5},
                            Case{copy, 4}};
  for (const Case& each : cases) {
    limit({});
    limit({.total_bytes_per_s = 100'000, .total_bytes_burst = 1});
    std::vector<std::byte> data(4 * block_size);
    if (each.sqe.opcode == static_cast<uint8_t>(IoOpcode::Copy)) {
      data.assign(rig::bytes_of(ranges).begin(), rig::bytes_of(ranges).end());
    }
    EXPECT_EQ(Issued(queues, each.sqe, data).run(), Status()) << int{each.sqe.opcode} << ": from a full bucket";
    Issued next(queues, read());
    next.start();
    const uint64_t debt_ms = each.blocks * block_size / 100;
    pass_ms(debt_ms - 1);
    EXPECT_FALSE(next.is_done) << int{each.sqe.opcode};
    pass_ms(6);
    EXPECT_TRUE(next.is_done) << int{each.sqe.opcode};
    pass_ms(1000);
  }
}

TEST_F(PortLimits, a_copy_that_is_refused_costs_no_bytes) {
  limit({.total_bytes_per_s = 100'000, .total_bytes_burst = 1});
  std::vector<CopyRange> ranges(1);
  ranges[0].slba = 1'000'000;
  ranges[0].nlb = 20'000;
  EXPECT_EQ(Issued(queues, sqe_of(IoOpcode::Copy, 0, 1), rig::bytes_of(ranges)).run().code(),
            StatusCode::LbaOutOfRange);
  Issued next(queues, read());
  EXPECT_TRUE(next.start().is_done);
}

TEST_F(PortLimits, that_go_let_everybody_go) {
  limit({.total_iops = 1, .total_iops_burst = 1});
  std::vector<std::unique_ptr<Issued>> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(std::make_unique<Issued>(queues, read()));
    all.back()->start();
  }
  EXPECT_TRUE(all[0]->is_done);
  EXPECT_FALSE(all[1]->is_done);
  limit({});
  pass_ms(core::rate_recheck_ns / ms + 1);
  for (const auto& each : all) {
    EXPECT_TRUE(each->is_done);
  }
}

TEST_F(PortLimits, whoever_waits_is_judged_again_and_holds_up_no_fence) {
  limit({.total_iops = 100, .total_iops_burst = 1});
  Issued first(queues, read());
  Issued held(queues, read());
  first.start();
  held.start();
  queues.allow(1, {.read = Status::final(StatusCode::ReservationConflict), .write = {}, .reservation = {}});
  Answer fenced;
  queues.queue->fence(1, fenced);
  queues.turn(2);
  EXPECT_TRUE(fenced.is_here) << "it is not at work";
  EXPECT_FALSE(held.is_done);
  pass_ms(10);
  EXPECT_EQ(held.code(), StatusCode::ReservationConflict);
}

TEST_F(PortLimits, whoever_waits_can_be_aborted_and_pays_nothing) {
  limit({.total_iops = 10, .total_iops_burst = 1});
  Issued first(queues, read());
  Issued held(queues, read());
  Issued behind(queues, read());
  first.start();
  held.start();
  behind.start();
  EXPECT_TRUE(queues.queue->abort(held.command.sqe.cid));
  queues.turn(2);
  EXPECT_EQ(held.code(), StatusCode::AbortRequested);
  EXPECT_TRUE(held.is_done);
  EXPECT_FALSE(behind.is_done);
  pass_ms(100);
  EXPECT_TRUE(behind.is_done) << "it has the turn of the one before it";
}

TEST_F(PortLimits, nobody_waits_on_a_queue_that_ends) {
  limit({.total_iops = 1, .total_iops_burst = 1});
  std::vector<std::unique_ptr<Issued>> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(std::make_unique<Issued>(queues, i % 2 == 0 ? read() : sqe_of(IoOpcode::Write, 0, 1)));
    all.back()->start();
  }
  queues.queue->expedite();
  for (const auto& each : all) {
    EXPECT_TRUE(each->is_done);
  }
  EXPECT_EQ(all[9]->code(), StatusCode::AbortSqDeletion);
}

TEST_F(PortLimits, a_fused_pair_waits_as_one) {
  limit({.total_iops = 100, .total_iops_burst = 1});
  EXPECT_EQ(Issued(queues, read()).run(), Status());
  Sqe compare = sqe_of(IoOpcode::Compare, 8, 1);
  Sqe write = sqe_of(IoOpcode::Write, 8, 1);
  compare.flags = static_cast<uint8_t>(compare.flags | static_cast<uint8_t>(Fuse::First));
  write.flags = static_cast<uint8_t>(write.flags | static_cast<uint8_t>(Fuse::Second));
  const std::vector<std::byte> zeroes(block_size);
  Issued first(queues, compare, zeroes);
  Issued second(queues, write, std::vector<std::byte>(block_size, std::byte{1}));
  first.start();
  second.start();
  pass_ms(10);
  EXPECT_FALSE(first.is_done || second.is_done) << "its second has to pay, too";
  pass_ms(10);
  EXPECT_TRUE(first.is_done && second.is_done);
  EXPECT_EQ(second.command.status, Status());
}

TEST_F(PortLimits, nothing_is_lent_past_them) {
  Issued lent(queues, read());
  ASSERT_TRUE(lent.prepare());
  ASSERT_TRUE(queues.queue->lend(lent.command)) << "this device lends";
  queues.queue->returned(lent.command);
  limit({.total_iops = 1000});
  Issued other(queues, read());
  ASSERT_TRUE(other.prepare());
  EXPECT_FALSE(queues.queue->lend(other.command));
  EXPECT_TRUE(other.execute().is_done);
}

}  // namespace
}  // namespace outrigger::nvme
