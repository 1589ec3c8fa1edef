// Fused Compare and Write: what arrives in which order, what comes late, what never comes.
#include "block/faulty_device.h"
#include "nvme/nvme_rig.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

namespace outrigger::nvme {
namespace {

using rig::Issued;
using rig::sqe_of;

Sqe fused(Sqe sqe, Fuse fuse) {
  sqe.flags = static_cast<uint8_t>(sqe.flags | static_cast<unsigned>(fuse));
  return sqe;
}
Sqe first_of(uint64_t lba, uint32_t count) { return fused(sqe_of(IoOpcode::Compare, lba, count), Fuse::First); }
Sqe second_of(uint64_t lba, uint32_t count) { return fused(sqe_of(IoOpcode::Write, lba, count), Fuse::Second); }

class FusedOperations : public testing::Test {
 protected:
  FusedOperations() {
    queues.attach();
    queues.add(1, faulty);
    old = rig::random_bytes(random, 8 * 512);
    fresh = rig::random_bytes(random, 8 * 512);
    EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Write, 8, 8), old).run().is_success());
  }
  std::vector<std::byte> content() {
    Issued read(queues, sqe_of(IoOpcode::Read, 8, 8));
    EXPECT_TRUE(read.run().is_success());
    return read.memory;
  }

  core::Random random{2};
  std::unique_ptr<block::MemoryDevice> device = rig::memory_device(1000);
  block::FaultyDevice faulty{"faulty", *device, 1};
  rig::Queues queues;
  std::vector<std::byte> old, fresh;

  // One behind the other: from the old content to the fresh one and back. Both are sent.
  struct TwoPairs {
    explicit TwoPairs(FusedOperations& test)
        : first(test.queues, first_of(8, 8), test.old),
          second(test.queues, second_of(8, 8), test.fresh),
          third(test.queues, first_of(8, 8), test.fresh),
          fourth(test.queues, second_of(8, 8), test.old) {
      for (Issued* const each : all()) {
        each->start();
      }
    }
    std::array<Issued*, 4> all() { return {&first, &second, &third, &fourth}; }

    Issued first, second, third, fourth;
  };
};

constexpr StatusCode missing = StatusCode::AbortMissingFused;
constexpr StatusCode failed = StatusCode::AbortFailedFused;

TEST_F(FusedOperations, S3_4_2_equal_is_written) {
  Issued first(queues, first_of(8, 8), old);
  Issued second(queues, second_of(8, 8), fresh);
  first.start(700);
  EXPECT_FALSE(first.is_done);
  second.start(513);
  EXPECT_TRUE(first.wait().is_success());
  EXPECT_TRUE(second.wait().is_success());
  EXPECT_EQ(content(), fresh);
  EXPECT_EQ(faulty.counter_sums().of(block::OpClass::Other).operations, 1U) << "one request at the block seam";
}

TEST_F(FusedOperations, S3_4_2_different_is_not_written) {
  Issued first(queues, first_of(8, 8), fresh);
  Issued second(queues, second_of(8, 8), fresh);
  first.start();
  second.start();
  EXPECT_EQ(first.wait(), Status::final(StatusCode::CompareFailure));
  EXPECT_EQ(second.wait().code(), failed);
  EXPECT_EQ(content(), old);
}

TEST_F(FusedOperations, S3_4_2_a_first_and_something_else) {
  Issued first(queues, first_of(8, 8), old);
  Issued other(queues, sqe_of(IoOpcode::Read, 0, 1));
  first.start();
  EXPECT_TRUE(other.run().is_success());
  EXPECT_EQ(first.wait().code(), missing);
  Issued late(queues, first_of(8, 8), old);  // whose data come after it is known
  ASSERT_TRUE(late.prepare());
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Read, 0, 1)).run().is_success());
  EXPECT_EQ(late.execute().wait().code(), missing);
  Issued second(queues, second_of(8, 8), fresh);
  EXPECT_EQ(second.run().code(), missing) << "its first is long gone";
}

TEST_F(FusedOperations, S3_4_2_a_first_and_another_first) {
  Issued first(queues, first_of(8, 8), old);
  Issued again(queues, first_of(8, 8), old);
  Issued second(queues, second_of(8, 8), fresh);
  first.start();
  again.start();
  second.start();
  EXPECT_EQ(first.wait().code(), missing);
  EXPECT_TRUE(again.wait().is_success());
  EXPECT_TRUE(second.wait().is_success());
}

TEST_F(FusedOperations, S3_4_2_a_refused_first_takes_its_second_along) {
  Issued first(queues, first_of(999, 8), old);
  EXPECT_EQ(first.run().code(), StatusCode::LbaOutOfRange);
  EXPECT_EQ(Issued(queues, second_of(999, 8), fresh).run().code(), failed);
  EXPECT_EQ(Issued(queues, second_of(8, 8), fresh).run().code(), missing) << "only the one that came next";
}

TEST_F(FusedOperations, S3_4_2_a_refused_second_takes_its_first_along) {
  Issued first(queues, first_of(8, 8), old);
  first.start();
  EXPECT_EQ(Issued(queues, second_of(999, 8), fresh).run().code(), StatusCode::LbaOutOfRange);
  EXPECT_EQ(first.wait().code(), failed);
}

TEST_F(FusedOperations, S3_1_pairs_that_do_not_fit_are_refused_both) {
  for (const Sqe& other : {second_of(9, 8), second_of(8, 7)}) {
    Issued first(queues, first_of(8, 8), old);
    ASSERT_TRUE(first.prepare());
    EXPECT_EQ(Issued(queues, other, fresh).run().code(), StatusCode::InvalidField);
    EXPECT_EQ(first.execute().wait().code(), StatusCode::InvalidField);
  }
  EXPECT_EQ(content(), old);
}

TEST_F(FusedOperations, combinations_that_do_not_exist) {
  EXPECT_EQ(Issued(queues, fused(sqe_of(IoOpcode::Write, 8, 8), Fuse::First), old).run().code(),
            StatusCode::InvalidField);
  EXPECT_EQ(Issued(queues, second_of(8, 8), fresh).run().code(), failed);
  EXPECT_EQ(Issued(queues, fused(sqe_of(IoOpcode::Read, 8, 8), static_cast<Fuse>(3))).run().code(),
            StatusCode::InvalidField);
  Issued first(queues, first_of(8, 8), old);
  first.start();
  EXPECT_EQ(Issued(queues, fused(sqe_of(IoOpcode::Read, 8, 8), Fuse::Second)).run().code(), StatusCode::InvalidField);
  EXPECT_EQ(first.wait().code(), failed);
}

TEST_F(FusedOperations, devices_that_cannot_have_it_done_step_by_step) {
  block::Device& plain = queues.keep(rig::memory_device(4000, 512, true, false));
  queues.add(2, plain);
  const auto on_second = [](Sqe sqe) {
    sqe.nsid = 2;
    return sqe;
  };
  const auto large = rig::random_bytes(random, 300 * 512);  // more than a step
  EXPECT_TRUE(Issued(queues, on_second(sqe_of(IoOpcode::Write, 8, 300)), large).run().is_success());
  auto other = large;
  other.back() ^= std::byte{1};
  for (const bool is_right : {false, true}) {
    Issued first(queues, on_second(first_of(8, 300)), is_right ? large : other);
    const auto next = rig::random_bytes(random, 300 * 512);
    Issued second(queues, on_second(second_of(8, 300)), next);
    ASSERT_TRUE(first.prepare() && second.prepare());
    second.execute(700);
    first.execute(513);
    EXPECT_EQ(first.wait().code(), is_right ? StatusCode::Success : StatusCode::CompareFailure);
    EXPECT_EQ(second.wait().code(), is_right ? StatusCode::Success : failed);
    Issued read(queues, on_second(sqe_of(IoOpcode::Read, 8, 300)));
    EXPECT_TRUE(read.run().is_success());
    EXPECT_EQ(read.memory, is_right ? next : large);
  }
  Issued beyond(queues, on_second(first_of(3999, 2)), std::vector<std::byte>(1024));
  EXPECT_EQ(beyond.run().code(), StatusCode::LbaOutOfRange);
}

TEST_F(FusedOperations, data_of_either_come_late) {
  for (const bool is_first_late : {false, true}) {
    Issued first(queues, first_of(8, 8), content());
    Issued second(queues, second_of(8, 8), fresh);
    ASSERT_TRUE(first.prepare() && second.prepare());
    Issued between(queues, sqe_of(IoOpcode::Read, 0, 1));
    EXPECT_TRUE(between.run().is_success()) << "later commands change nothing";
    (is_first_late ? second : first).execute();
    queues.turn(3);
    EXPECT_FALSE(first.is_done || second.is_done);
    (is_first_late ? first : second).execute();
    EXPECT_TRUE(first.wait().is_success() && second.wait().is_success());
  }
}

TEST_F(FusedOperations, data_that_never_come) {
  for (const bool is_other_waiting : {false, true}) {
    Issued first(queues, first_of(8, 8), old);
    Issued second(queues, second_of(8, 8), fresh);
    ASSERT_TRUE(first.prepare() && second.prepare());
    if (is_other_waiting) {
      second.execute();
    }
    queues.queue->forget(first.command);
    if (!is_other_waiting) {
      second.execute();
    }
    EXPECT_EQ(second.wait().code(), failed);

    Issued again(queues, first_of(8, 8), old);
    Issued its_second(queues, second_of(8, 8), fresh);
    ASSERT_TRUE(again.prepare() && its_second.prepare());
    if (is_other_waiting) {
      again.execute();
    }
    queues.queue->forget(its_second.command);
    if (!is_other_waiting) {
      again.execute();
    }
    EXPECT_EQ(again.wait().code(), failed);
  }
  Issued lone(queues, first_of(8, 8), old);
  ASSERT_TRUE(lone.prepare());
  queues.queue->forget(lone.command);
  EXPECT_EQ(Issued(queues, second_of(8, 8), fresh).run().code(), failed);
  EXPECT_EQ(content(), old);
}

TEST_F(FusedOperations, several_pairs_go_one_after_the_other) {
  faulty.add_rule({.fault = block::Fault::Hold, .op = block::Op::CompareAndWrite});
  TwoPairs pairs(*this);
  queues.turn(3);
  EXPECT_EQ(faulty.held_count(), 1U);
  EXPECT_FALSE(queues.queue->abort(pairs.third.command.sqe.cid)) << "it is at work";
  faulty.clear_rules();
  faulty.release(queues.reactor());
  for (Issued* const each : pairs.all()) {
    EXPECT_TRUE(each->wait().is_success());
  }
  EXPECT_EQ(content(), old);
}

TEST_F(FusedOperations, an_error_of_the_device) {
  faulty.add_rule({.op = block::Op::CompareAndWrite});
  Issued first(queues, first_of(8, 8), old);
  Issued second(queues, second_of(8, 8), fresh);
  first.start();
  second.start();
  EXPECT_EQ(first.wait().code(), failed);
  EXPECT_EQ(second.wait().code(), StatusCode::WriteFault);
}

TEST_F(FusedOperations, access_that_is_lost_while_data_are_on_their_way) {
  Issued first(queues, first_of(8, 8), old);
  Issued second(queues, second_of(8, 8), fresh);
  first.start();
  ASSERT_TRUE(second.prepare());
  queues.allow(1, {.read = {}, .write = Status::final(StatusCode::ReservationConflict), .reservation = {}});
  second.execute();
  EXPECT_EQ(first.wait().code(), failed);
  EXPECT_EQ(second.wait().code(), StatusCode::ReservationConflict);
  EXPECT_EQ(content(), old);
}

TEST_F(FusedOperations, aborting_either_ends_both) {
  for (const bool is_first : {true, false}) {
    Issued first(queues, first_of(8, 8), old);
    Issued second(queues, second_of(8, 8), fresh);
    first.start();
    ASSERT_TRUE(second.prepare());
    EXPECT_TRUE(queues.queue->abort((is_first ? first : second).command.sqe.cid));
    second.execute();
    EXPECT_EQ(first.wait().code(), is_first ? StatusCode::AbortRequested : failed);
    EXPECT_EQ(second.wait().code(), is_first ? failed : StatusCode::AbortRequested);
  }
  Issued lone(queues, first_of(8, 8), old);
  lone.start();
  EXPECT_TRUE(queues.queue->abort(lone.command.sqe.cid));
  EXPECT_EQ(lone.wait().code(), StatusCode::AbortRequested);
  EXPECT_EQ(Issued(queues, second_of(8, 8), fresh).run().code(), failed);
}

TEST_F(FusedOperations, a_transport_that_goes_away_gets_everything_back) {
  Issued lone(queues, first_of(8, 8), old);
  lone.start();
  queues.queue->expedite();
  EXPECT_TRUE(lone.is_done);
  EXPECT_FALSE(lone.command.status.is_success());
  queues.queue->detach();
  queues.queue->attach();  // another life
  faulty.add_rule({.fault = block::Fault::Hold, .op = block::Op::CompareAndWrite, .count_max = 1});
  TwoPairs pairs(*this);
  faulty.release(queues.reactor());  // the next pair is parked now
  EXPECT_FALSE(pairs.third.is_done);
  queues.queue->expedite();
  EXPECT_TRUE(pairs.third.is_done && pairs.fourth.is_done);
  EXPECT_EQ(content(), fresh) << "it was not begun any more";
}

TEST_F(FusedOperations, a_pair_that_waits_for_another_is_not_begun_when_the_transport_has_gone) {
  faulty.add_rule({.fault = block::Fault::Hold, .op = block::Op::CompareAndWrite, .count_max = 1});
  TwoPairs pairs(*this);
  queues.queue->expedite();
  EXPECT_FALSE(pairs.first.is_done) << "the device has it";
  faulty.release(queues.reactor());
  EXPECT_TRUE(pairs.first.wait().is_success());
  EXPECT_FALSE(pairs.third.wait().is_success());
  EXPECT_TRUE(pairs.fourth.is_done);
  EXPECT_EQ(content(), fresh);
}

// The pair behind the one that is at work would wait for a device that is away, and whoever takes the namespace away
// with it.
TEST_F(FusedOperations, a_pair_that_waits_for_another_is_judged_again_before_it_begins) {
  faulty.add_rule({.fault = block::Fault::Hold, .op = block::Op::CompareAndWrite});
  TwoPairs pairs(*this);
  queues.allow(1, {});
  faulty.release(queues.reactor());
  EXPECT_TRUE(pairs.first.wait().is_success());
  EXPECT_EQ(pairs.third.wait().code(), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(faulty.held_count(), 0U);
}

}  // namespace
}  // namespace outrigger::nvme
