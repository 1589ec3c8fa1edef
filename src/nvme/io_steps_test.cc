// Commands that are done step by step: shares of a turn, memory, devices that answer later, transports that leave.
#include "block/faulty_device.h"
#include "core/buffer_pool.h"
#include "nvme/limited_device.h"
#include "nvme/nvme_rig.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace outrigger::nvme {
namespace {

using block::Op;
using rig::Issued;
using rig::sqe_of;

class Steps : public testing::Test {
 protected:
  explicit Steps(const rig::Ability& ability = {}, uint32_t block_size = 512)
      : base(rig::memory_device(1U << 20U, block_size)), limited(*base, ability) {
    queues.attach();
    queues.add(1, faulty);
  }
  uint64_t take_seen_bytes() {
    uint64_t bytes = 0;
    for (const auto& seen : limited.seen) {
      bytes += seen.block_count * base->fixed_geometry().block_size;
    }
    limited.seen.clear();
    return bytes;
  }

  std::unique_ptr<block::MemoryDevice> base;
  rig::LimitedDevice limited;
  block::FaultyDevice faulty{"faulty", limited, 1};
  rig::Queues queues;
};

class LargeBlocks : public Steps {
 protected:
  LargeBlocks() : Steps({}, 4096) {}
};

TEST_F(LargeBlocks, a_write_zeroes_of_256_mib_takes_turns_and_others_are_served) {
  Issued zeroes(queues, sqe_of(IoOpcode::WriteZeroes, 0, 65536));
  zeroes.start();
  int turns = 0;
  uint64_t sum = take_seen_bytes();
  EXPECT_EQ(sum, range_piece_bytes_max);
  std::unique_ptr<Issued> read;
  for (; !zeroes.is_done; ++turns) {
    if (turns == 3) {
      read = std::make_unique<Issued>(queues, sqe_of(IoOpcode::Read, 0, 1));
      read->start();
    }
    if (turns == 6) {
      EXPECT_TRUE(read->is_done);
    }
    queues.turn();
    const uint64_t bytes = take_seen_bytes();
    EXPECT_LE(bytes, range_piece_bytes_max + 4096);
    sum += bytes;
  }
  EXPECT_GE(turns, 15);
  EXPECT_EQ(sum, 65536ULL * 4096 + 4096);
  EXPECT_TRUE(zeroes.command.status.is_success());
}

class CostlyZeroes : public Steps {
 protected:
  CostlyZeroes() : Steps({.zeroes_cost = block::ZeroesCost::Bytes}) {}
};

TEST_F(CostlyZeroes, go_in_small_pieces) {
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::WriteZeroes, 0, 65536)).run().is_success());
  EXPECT_EQ(limited.seen.size(), 32U);
  EXPECT_EQ(take_seen_bytes(), 32U << 20U);
}

TEST_F(Steps, what_names_no_block_is_written_down_without_one) {
  Sqe sqe = sqe_of(IoOpcode::DatasetManagement);
  sqe.cdw10 = 255;
  EXPECT_FALSE(Issued(queues, sqe, {}, 8).prepare());
  EXPECT_EQ(queues.latest_error().lba, 0U);
}

TEST_F(Steps, force_unit_access_and_deallocate_are_passed_on) {
  Issued(queues, sqe_of(IoOpcode::WriteZeroes, 0, 8, cdw12::ForceUnitAccess | cdw12::Deallocate)).run();
  Issued(queues, sqe_of(IoOpcode::Write, 0, 1, cdw12::ForceUnitAccess), std::vector<std::byte>(512)).run();
  Issued(queues, sqe_of(IoOpcode::Write, 0, 1), std::vector<std::byte>(512)).run();
  ASSERT_EQ(limited.seen.size(), 3U);
  EXPECT_EQ(limited.seen[0].flags, block::flag::Fua | block::flag::MayUnmap);
  EXPECT_EQ(limited.seen[1].flags, block::flag::Fua);
  EXPECT_EQ(limited.seen[2].flags, 0);
}

TEST_F(Steps, many_large_reads_take_turns) {
  std::vector<std::unique_ptr<Issued>> reads;
  for (uint32_t i = 0; i < 32; ++i) {
    reads.push_back(std::make_unique<Issued>(queues, sqe_of(IoOpcode::Read, i * 2048U, 2048)));
    reads.back()->start();
  }
  EXPECT_LE(take_seen_bytes(), turn_bytes_max + mdts_bytes);
  int turns = 0;
  for (; !reads.back()->is_done; ++turns) {
    queues.turn();
    EXPECT_LE(take_seen_bytes(), turn_bytes_max + mdts_bytes);
  }
  EXPECT_GE(turns, 5);
  for (const auto& read : reads) {
    EXPECT_TRUE(read->wait().is_success());
  }
}

TEST_F(Steps, a_share_is_filled_again_when_time_goes_on) {
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Read, 0, 2048)).run().is_success());
  }
  queues.clock.advance(1000);
  queues.turn();
  Issued read(queues, sqe_of(IoOpcode::Read, 0, 2048));
  read.start();
  EXPECT_TRUE(read.is_done);
}

TEST_F(Steps, devices_that_answer_later_and_errors_in_the_middle) {
  faulty.add_rule({.fault = block::Fault::Delay, .delay_ns = 1000});
  Issued verify(queues, sqe_of(IoOpcode::Verify, 0, 1000));
  verify.start();
  queues.turn(20);
  EXPECT_FALSE(verify.is_done);
  for (int i = 0; i < 20; ++i) {
    queues.clock.advance(1000);
    queues.turn(2);
  }
  EXPECT_TRUE(verify.is_done && verify.command.status.is_success());
  faulty.clear_rules();
  faulty.add_rule({.op = Op::Read, .lba_first = 500, .lba_last = 500});
  limited.seen.clear();
  EXPECT_EQ(Issued(queues, sqe_of(IoOpcode::Verify, 0, 1000)).run().code(), StatusCode::UnrecoveredReadError);
  EXPECT_EQ(take_seen_bytes(), 384 * 512U) << "three steps of 64 KiB, and none after the error";
  Issued flush(queues, sqe_of(IoOpcode::Flush, nsid_all));
  faulty.add_rule({.op = Op::Flush, .status = block::Status::Aborted});
  EXPECT_EQ(flush.run(), Status::retryable(StatusCode::InternalPathError));
}

TEST_F(Steps, a_copy_that_fails_tells_the_range) {
  faulty.add_rule({.op = Op::Copy, .lba_first = 5000, .lba_last = 5000, .status = block::Status::NoSpace});
  std::vector<CopyRange> ranges(3);
  for (CopyRange& range : ranges) {
    range.nlb = 499;
  }
  Issued copy(queues, sqe_of(IoOpcode::Copy, 4400, 3), rig::bytes_of(ranges));
  EXPECT_EQ(copy.run().code(), StatusCode::CapacityExceeded);
  EXPECT_EQ(copy.command.result, 1U);
}

TEST_F(Steps, steps_without_memory_wait_and_lose_nothing) {
  faulty.add_rule({.fault = block::Fault::Hold});
  std::vector<std::unique_ptr<Issued>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(std::make_unique<Issued>(queues, sqe_of(IoOpcode::Compare, 0, 8), std::vector<std::byte>(4096)));
    all.back()->start();
  }
  EXPECT_EQ(faulty.held_count(), 1U) << "this core has no pool: one at a time";
  faulty.clear_rules();
  faulty.release(queues.reactor());
  for (const auto& each : all) {
    EXPECT_TRUE(each->wait().is_success());
  }
}

TEST(StepsWithPool, several_at_a_time_and_the_pool_gets_everything_back) {
  const auto base = rig::memory_device(1000);
  block::FaultyDevice faulty("faulty", *base, 1);
  {
    rig::Queues queues(size_t{48} * core::BufferPool::buffer_bytes);
    queues.attach();
    queues.add(1, faulty);
    faulty.add_rule({.fault = block::Fault::Hold});
    std::vector<std::unique_ptr<Issued>> all;
    for (int i = 0; i < 20; ++i) {
      all.push_back(std::make_unique<Issued>(queues, sqe_of(IoOpcode::Verify, 0, 200)));
      all.back()->start();
    }
    EXPECT_EQ(faulty.held_count(), 3U) << "its own, and two from a pool that keeps some for others";
    faulty.clear_rules();
    faulty.release(queues.reactor());
    for (const auto& each : all) {
      EXPECT_TRUE(each->wait().is_success());
    }
    EXPECT_EQ(queues.reactor().buffers().free_count(), 48U);
  }
}

class ShortTransfers : public Steps {
 protected:
  ShortTransfers() : Steps({.can_write_zeroes = false, .can_copy = false, .transfer_bytes_max = 8192}) {}
};

TEST_F(ShortTransfers, no_request_is_larger) {
  core::Random random(3);
  const auto data = rig::random_bytes(random, 100 * 512);
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Write, 0, 100), data).run(300).is_success());
  Issued read(queues, sqe_of(IoOpcode::Read, 0, 100));
  EXPECT_TRUE(read.run(1000).is_success());
  EXPECT_EQ(read.memory, data);
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::WriteZeroes, 0, 1000)).run().is_success());
  for (const auto& seen : limited.seen) {
    EXPECT_LE(seen.block_count, 16U);
  }
}

TEST_F(ShortTransfers, memory_cut_too_finely_is_an_error_and_no_crash) {
  EXPECT_EQ(Issued(queues, sqe_of(IoOpcode::Write, 0, 100), std::vector<std::byte>(51200)).run(7).code(),
            StatusCode::InternalError);
}

// -- the transport goes away

TEST_F(Steps, S3_3_what_waits_comes_back_at_once_when_the_transport_leaves) {
  faulty.add_rule({.fault = block::Fault::Hold, .op = Op::Read});
  Issued verify(queues, sqe_of(IoOpcode::Verify, 0, 1000));
  Issued starved(queues, sqe_of(IoOpcode::Verify, 0, 1000));
  Issued zeroes(queues, sqe_of(IoOpcode::WriteZeroes, 0, 65536));
  Issued read(queues, sqe_of(IoOpcode::Read, 0, 1));
  for (Issued* const each : {&verify, &starved, &zeroes, &read}) {
    each->start();
  }
  queues.queue->expedite();
  EXPECT_EQ(starved.code(), StatusCode::AbortSqDeletion);
  EXPECT_EQ(zeroes.code(), StatusCode::AbortSqDeletion);
  EXPECT_EQ(read.code(), StatusCode::AbortSqDeletion);
  EXPECT_TRUE(starved.is_done && zeroes.is_done && read.is_done);
  EXPECT_FALSE(verify.is_done) << "below";
  faulty.release(queues.reactor());
  EXPECT_TRUE(verify.is_done);
  EXPECT_EQ(verify.code(), StatusCode::AbortSqDeletion) << "after the step that was at work";
}

TEST_F(Steps, forgotten_commands_leave_no_trace) {
  for (int i = 0; i < 3 * queue_entries_max; ++i) {
    Issued issued(queues, sqe_of(IoOpcode::Write, 0, 1));
    ASSERT_TRUE(issued.prepare());
    queues.queue->forget(issued.command);
  }
  EXPECT_EQ(queues.totals().errors, 0U);
}

TEST_F(Steps, more_commands_than_a_queue_has_entries_are_refused) {
  std::vector<std::unique_ptr<Issued>> all;
  for (int i = 0; i < queue_entries_max; ++i) {
    all.push_back(std::make_unique<Issued>(queues, sqe_of(IoOpcode::Read, 0, 1)));
    ASSERT_TRUE(all.back()->prepare());
  }
  EXPECT_EQ(Issued(queues, sqe_of(IoOpcode::Read, 0, 1)).run().code(), StatusCode::InternalError);
  for (const auto& each : all) {
    queues.queue->forget(each->command);
  }
}

}  // namespace
}  // namespace outrigger::nvme
