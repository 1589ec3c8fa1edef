// What passes between an I/O queue and the control reactor: authentication, reservations, access, fences, aborts.
#include "block/faulty_device.h"
#include "nvme/fabrics_format.h"
#include "nvme/nvme_rig.h"

#include <gtest/gtest.h>

namespace outrigger::nvme {
namespace {

using rig::Answer;
using rig::Issued;
using rig::sqe_of;

Sqe fabrics(FabricsType type, uint32_t length = 0) {
  Sqe sqe = sqe_of(IoOpcode::Fabrics, static_cast<uint32_t>(type));
  sqe.cdw11 = length;
  return sqe;
}

// Has what it gets wait as a rate limit does, until somebody is in a hurry.
class WaitingDevice final : public block::Device {
 public:
  explicit WaitingDevice(block::Device& base) : Device("waiting", base.geometry()), base_(base) {}
  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override {
    OR_ASSIGN(auto below, base_.open_channel(reactor));
    return std::make_unique<Way>(*this, std::move(below));
  }
  uint32_t expedite_count = 0;

 private:
  class Way final : public block::Channel {
   public:
    Way(WaitingDevice& device, std::unique_ptr<block::Channel> below)
        : Channel(device), device_(device), below_(std::move(below)) {}

   protected:
    void do_submit(block::Request& request) noexcept override { waiting_.push_back(&request); }
    void do_expedite() noexcept override {
      ++device_.expedite_count;
      for (block::Request* const request : std::exchange(waiting_, {})) {
        below_->submit(*request);
      }
    }

   private:
    WaitingDevice& device_;
    std::unique_ptr<block::Channel> below_;
    std::vector<block::Request*> waiting_;
  };
  block::Device& base_;
};

class IoQueueControl : public testing::Test {
 protected:
  IoQueueControl() { queues.add(1, faulty); }
  void hold(std::optional<block::Op> op = std::nullopt) { faulty.add_rule({.fault = block::Fault::Hold, .op = op}); }
  void release() {
    faulty.clear_rules();
    faulty.release(queues.reactor());
  }

  std::unique_ptr<block::MemoryDevice> device = rig::memory_device(100'000);
  block::FaultyDevice faulty{"faulty", *device, 1};
  rig::Queues queues;
};

// -- before it goes home

TEST_F(IoQueueControl, S8_13_2_only_authentication_is_served_before_the_queue_goes_home) {
  queues.keeper.is_ready = false;
  EXPECT_FALSE(queues.queue->is_ready());
  for (const Sqe& sqe : {sqe_of(IoOpcode::Read, 0, 1), sqe_of(IoOpcode::Flush), sqe_of(IoOpcode::ReservationReport),
                         fabrics(FabricsType::PropertyGet), fabrics(FabricsType::Disconnect)}) {
    Issued issued(queues, sqe);
    EXPECT_FALSE(issued.prepare());
    EXPECT_EQ(issued.command.status, Status::final(StatusCode::AuthenticationRequired));
  }
  EXPECT_EQ(Issued(queues, fabrics(FabricsType::Connect)).run().code(), StatusCode::CommandSequenceError);
  Issued send(queues, fabrics(FabricsType::AuthenticationSend, 100), std::vector<std::byte>(100, std::byte{7}));
  send.start();
  EXPECT_EQ(send.command.direction, Direction::ToController);
  EXPECT_EQ(send.command.data_bytes, 100U);
  ASSERT_EQ(queues.keeper.commands.size(), 1U) << "at once: this is the control reactor";
  EXPECT_FALSE(send.is_done);
  queues.keeper.replies[0]({}, 3);
  EXPECT_TRUE(send.is_done);
  EXPECT_EQ(send.command.result, 3U);
  Issued receive(queues, fabrics(FabricsType::AuthenticationReceive, 64));
  receive.start();
  EXPECT_EQ(receive.command.direction, Direction::ToHost);
  EXPECT_EQ(receive.memory, std::vector<std::byte>(64)) << "what nobody fills in is zero";
  queues.keeper.replies[1](Status::final(StatusCode::InvalidField), 0);
  EXPECT_EQ(receive.code(), StatusCode::InvalidField);
  EXPECT_EQ(queues.latest_error().parameter_error_location, 43) << "SECP is 0";
  queues.keeper.is_ready = true;
  EXPECT_TRUE(queues.queue->is_ready());
  queues.attach();
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Read, 0, 1)).run().is_success());
}

TEST_F(IoQueueControl, closing_tells_the_keeper) {
  rig::Keeper* keeper = nullptr;
  {
    rig::Queues other;
    keeper = &other.keeper;
    EXPECT_FALSE(keeper->is_closed);
    other.queue->closed();
    EXPECT_TRUE(keeper->is_closed);
  }
}

// -- at home

TEST_F(IoQueueControl, fabrics_commands_of_an_io_queue) {
  queues.attach();
  const auto location = [this] { return uint16_t{queues.latest_error().parameter_error_location}; };
  EXPECT_EQ(Issued(queues, fabrics(FabricsType::Connect)).run().code(), StatusCode::CommandSequenceError);
  EXPECT_EQ(location(), nowhere);
  for (const FabricsType type :
       {FabricsType::PropertyGet, FabricsType::PropertySet, FabricsType::Disconnect, static_cast<FabricsType>(0x77)}) {
    EXPECT_EQ(Issued(queues, fabrics(type)).run().code(), StatusCode::InvalidOpcode);
    EXPECT_EQ(location(), 4);
  }
  for (const uint32_t length : {0U, UINT32_MAX}) {
    EXPECT_EQ(Issued(queues, fabrics(FabricsType::AuthenticationSend, length)).run().code(), StatusCode::InvalidField);
    EXPECT_EQ(location(), 44);
  }
  EXPECT_EQ(Issued(queues, fabrics(FabricsType::AuthenticationReceive, 64), {}, 63).run().code(),
            StatusCode::DataSglLengthInvalid);
  EXPECT_EQ(location(), 24);
}

TEST_F(IoQueueControl, S7_reservations_go_to_control_and_come_back) {
  queues.attach();
  struct Case {
    IoOpcode opcode;
    uint32_t cdw10;
    Direction direction;
    uint32_t bytes;
  };
  for (const Case& c : {Case{IoOpcode::ReservationRegister, 0, Direction::ToController, 16},
                        Case{IoOpcode::ReservationAcquire, 0, Direction::ToController, 16},
                        Case{IoOpcode::ReservationRelease, 0, Direction::ToController, 8},
                        Case{IoOpcode::ReservationReport, 1023, Direction::ToHost, 4096}}) {
    Sqe sqe = sqe_of(c.opcode);
    sqe.cdw10 = c.cdw10;
    Issued issued(queues, sqe, std::vector<std::byte>(16, std::byte{1}));
    issued.start();
    EXPECT_EQ(issued.command.direction, c.direction);
    EXPECT_EQ(issued.command.data_bytes, c.bytes);
    EXPECT_TRUE(queues.keeper.commands.empty()) << "not on this thread";
    queues.turn();
    ASSERT_EQ(queues.keeper.commands.size(), 1U);
    EXPECT_FALSE(queues.queue->abort(sqe.cid)) << "it is on its way";
    queues.keeper.replies[0](Status::final(StatusCode::ReservationConflict), 5);
    EXPECT_FALSE(issued.is_done) << "not on that thread";
    queues.turn();
    EXPECT_EQ(issued.command.status, Status::final(StatusCode::ReservationConflict));
    EXPECT_EQ(issued.command.result, 5U);
    queues.keeper.commands.clear();
    queues.keeper.replies.clear();
  }
  Sqe huge = sqe_of(IoOpcode::ReservationReport);
  huge.cdw10 = UINT32_MAX;
  EXPECT_EQ(Issued(queues, huge).run().code(), StatusCode::InvalidField);
}

// -- access

TEST_F(IoQueueControl, a_command_whose_data_come_late_is_judged_again) {
  queues.attach();
  const std::vector<std::byte> data(512, std::byte{9});
  Issued write(queues, sqe_of(IoOpcode::Write, 0, 1), data);
  Issued read(queues, sqe_of(IoOpcode::Read, 0, 1));
  Issued zeroes(queues, sqe_of(IoOpcode::WriteZeroes, 0, 1));
  ASSERT_TRUE(write.prepare() && read.prepare() && zeroes.prepare());
  const Status conflict = Status::final(StatusCode::ReservationConflict);
  queues.allow(1, {.read = {}, .write = conflict, .reservation = {}});
  EXPECT_EQ(write.execute().wait(), conflict);
  EXPECT_EQ(zeroes.execute().wait(), conflict);
  EXPECT_TRUE(read.execute().wait().is_success());
  EXPECT_EQ(read.memory, std::vector<std::byte>(512));
}

TEST_F(IoQueueControl, another_namespace_under_the_same_identifier) {
  queues.attach();
  Issued read(queues, sqe_of(IoOpcode::Read, 0, 8));
  Issued compare(queues, sqe_of(IoOpcode::Compare, 0, 8));
  Issued gone(queues, sqe_of(IoOpcode::Read, 0, 8));
  ASSERT_TRUE(read.prepare() && compare.prepare() && gone.prepare());
  queues.allow(1, {});
  EXPECT_EQ(gone.execute().wait().code(), StatusCode::InvalidNamespaceOrFormat);
  queues.namespaces.remove(1);
  queues.add(1, queues.keep(rig::memory_device(1000, 4096)));
  EXPECT_EQ(read.execute().wait().code(), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(compare.execute().wait().code(), StatusCode::InvalidNamespaceOrFormat);
}

// -- fences

TEST_F(IoQueueControl, a_fence_waits_for_what_is_at_work_and_for_nothing_else) {
  queues.attach();
  queues.add(2, queues.keep(rig::memory_device(1000)));
  hold();
  Issued write(queues, sqe_of(IoOpcode::Write, 0, 1), std::vector<std::byte>(512));
  write.start();
  Issued prepared(queues, sqe_of(IoOpcode::Write, 0, 1), std::vector<std::byte>(512));
  ASSERT_TRUE(prepared.prepare());
  Answer of_one;
  Answer of_all;
  Answer of_other;
  queues.queue->fence(1, of_one);
  queues.queue->fence(0, of_all);
  queues.queue->fence(2, of_other);
  Issued later(queues, sqe_of(IoOpcode::Read, 0, 1));
  later.start();
  queues.turn(3);
  EXPECT_FALSE(of_one.is_here || of_all.is_here);
  EXPECT_TRUE(of_other.is_here);
  faulty.clear_rules();
  faulty.add_rule({.fault = block::Fault::Delay, .op = block::Op::Flush, .delay_ns = 1000});
  Issued flush(queues, sqe_of(IoOpcode::Flush));
  flush.start();
  faulty.release(queues.reactor());
  queues.turn(3);
  EXPECT_TRUE(write.is_done && later.is_done);
  EXPECT_FALSE(flush.is_done) << "it came after the fences";
  EXPECT_TRUE(of_one.is_here && of_all.is_here);
  queues.clock.advance(1000);
  EXPECT_TRUE(flush.wait().is_success());
  queues.queue->forget(prepared.command);
}

TEST_F(IoQueueControl, a_fence_waits_for_a_loan_to_be_returned) {
  queues.attach();
  queues.add(2, queues.keep(rig::memory_device(1000)));
  Issued read(queues, sqe_of(IoOpcode::Read, 3, 2, 0, 2));
  ASSERT_TRUE(read.prepare());
  ASSERT_TRUE(queues.queue->lend(read.command));
  EXPECT_FALSE(read.is_done) << "a loan ends the command without done()";
  Answer answer;
  queues.queue->fence(2, answer);
  queues.turn();
  EXPECT_FALSE(answer.is_here);
  queues.queue->returned(read.command);
  queues.turn();
  EXPECT_TRUE(answer.is_here);
}

TEST_F(IoQueueControl, what_was_judged_by_another_table_is_not_lent) {
  queues.attach();
  queues.add(2, queues.keep(rig::memory_device(1000)));
  Issued read(queues, sqe_of(IoOpcode::Read, 3, 2, 0, 2));
  ASSERT_TRUE(read.prepare());
  queues.allow(2, {});
  EXPECT_FALSE(queues.queue->lend(read.command));
  EXPECT_EQ(read.execute().wait().code(), StatusCode::InvalidNamespaceOrFormat);
}

TEST_F(IoQueueControl, a_fence_hurries_what_waits_for_a_limit_of_its_namespace) {
  WaitingDevice waiting(*device);
  WaitingDevice other(*device);
  rig::Queues limited;
  limited.add(1, waiting);
  limited.add(2, other);
  limited.attach();
  std::vector<std::unique_ptr<Issued>> writes;
  for (uint32_t i = 0; i < 6; ++i) {
    writes.push_back(std::make_unique<Issued>(limited, sqe_of(IoOpcode::Write, i, 1, 0, i < 4 ? 1 : 2),
                                              std::vector<std::byte>(512)));
    writes.back()->start();
  }
  limited.turn(3);
  ASSERT_FALSE(writes[0]->is_done || writes[5]->is_done);
  Answer answer;
  limited.queue->fence(1, answer);
  limited.turn(3);
  EXPECT_TRUE(answer.is_here);
  EXPECT_TRUE(writes[0]->is_done && writes[3]->is_done);
  EXPECT_EQ(waiting.expedite_count, 1U);
  EXPECT_EQ(other.expedite_count, 0U);
  Answer of_all;
  limited.queue->fence(0, of_all);
  limited.turn(3);
  EXPECT_TRUE(of_all.is_here && writes[5]->is_done);
}

TEST_F(IoQueueControl, a_fence_with_nothing_at_work_answers_at_once) {
  queues.attach();
  Answer answer;
  queues.queue->fence(1, answer);
  queues.turn();
  EXPECT_TRUE(answer.is_here);
}

TEST_F(IoQueueControl, a_flush_of_all_counts_for_each_namespace_and_reservations_for_none) {
  queues.attach();
  hold();
  Issued flush(queues, sqe_of(IoOpcode::Flush, nsid_all));
  flush.start();
  Issued acquire(queues, sqe_of(IoOpcode::ReservationAcquire), std::vector<std::byte>(16));
  acquire.start();
  queues.turn();
  Answer answer;
  queues.queue->fence(1, answer);
  queues.turn(3);
  EXPECT_FALSE(answer.is_here);
  release();
  queues.turn(3);
  EXPECT_TRUE(flush.is_done);
  EXPECT_TRUE(answer.is_here) << "the acquire itself may be what the fence is for";
  EXPECT_FALSE(acquire.is_done);
  queues.keeper.replies[0]({}, 0);
  EXPECT_TRUE(acquire.wait().is_success());
}

// It may be done again, and one of its namespaces may never answer.
TEST_F(IoQueueControl, a_flush_of_all_ends_when_a_namespace_is_taken_away) {
  queues.attach();
  queues.add(2, queues.keep(rig::memory_device(1000)));
  hold();
  Issued flush(queues, sqe_of(IoOpcode::Flush, nsid_all));
  flush.start();
  ASSERT_FALSE(flush.is_done);
  queues.queue->abandon_denied(2);
  EXPECT_EQ(flush.command.io.flags & block::flag::Abandoned, 0) << "namespace 2 is not taken away";
  queues.allow(1, {});
  Answer answer;
  queues.queue->abandon_denied(1);
  queues.queue->fence(1, answer);
  EXPECT_NE(flush.command.io.flags & block::flag::Abandoned, 0);
  release();
  EXPECT_EQ(flush.wait().code(), StatusCode::CommandInterrupted);
  EXPECT_FALSE(flush.command.status.is_final());
  queues.turn(2);
  EXPECT_TRUE(answer.is_here);
}

TEST_F(IoQueueControl, a_fence_waits_for_all_steps) {
  queues.attach();
  Issued zeroes(queues, sqe_of(IoOpcode::WriteZeroes, 0, 65536));
  hold(block::Op::WriteZeroes);
  zeroes.start();
  Answer answer;
  queues.queue->fence(1, answer);
  queues.allow(1, {.read = {}, .write = Status::final(StatusCode::ReservationConflict), .reservation = {}});
  faulty.release(queues.reactor());
  queues.turn(2);
  EXPECT_FALSE(answer.is_here || zeroes.is_done);
  release();
  EXPECT_TRUE(zeroes.wait().is_success()) << "it was admitted before";
  queues.turn();
  EXPECT_TRUE(answer.is_here);
}

TEST_F(IoQueueControl, fences_of_a_pair) {
  queues.attach();
  hold(block::Op::CompareAndWrite);
  Sqe first_sqe = sqe_of(IoOpcode::Compare, 0, 1);
  Sqe second_sqe = sqe_of(IoOpcode::Write, 0, 1);
  first_sqe.flags |= 1;
  second_sqe.flags |= 2;
  Issued first(queues, first_sqe, std::vector<std::byte>(512));
  Issued second(queues, second_sqe, std::vector<std::byte>(512));
  first.start();
  Answer early;
  queues.queue->fence(1, early);
  queues.turn();
  EXPECT_TRUE(early.is_here) << "a first that waits for its second is not at work";
  second.start();
  Answer answer;
  queues.queue->fence(1, answer);
  queues.turn(2);
  EXPECT_FALSE(answer.is_here);
  release();
  queues.turn(2);
  EXPECT_TRUE(answer.is_here && first.is_done && second.is_done);
}

// -- errors that are worth an event

TEST_F(IoQueueControl, S5_2_control_is_told_of_the_first_error_alone) {
  queues.attach();
  faulty.add_rule({.op = block::Op::Read});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Issued(queues, sqe_of(IoOpcode::Read, 0, 1)).run().code(), StatusCode::UnrecoveredReadError);
  }
  queues.turn();
  EXPECT_EQ(queues.keeper.error_events, 1U);
  queues.error_log.rearm();
  EXPECT_EQ(Issued(queues, sqe_of(IoOpcode::Read, 100'000, 1)).run().code(), StatusCode::LbaOutOfRange);
  queues.turn();
  EXPECT_EQ(queues.keeper.error_events, 1U);
  EXPECT_EQ(Issued(queues, sqe_of(IoOpcode::Read, 0, 1)).run().code(), StatusCode::UnrecoveredReadError);
  queues.turn();
  EXPECT_EQ(queues.keeper.error_events, 2U);
}

// -- aborts

TEST_F(IoQueueControl, S5_1_abort) {
  queues.attach();
  EXPECT_FALSE(queues.queue->abort(0x4711)) << "unknown";
  Issued prepared(queues, sqe_of(IoOpcode::Write, 0, 1), std::vector<std::byte>(512, std::byte{1}));
  ASSERT_TRUE(prepared.prepare());
  EXPECT_TRUE(queues.queue->abort(prepared.command.sqe.cid));
  EXPECT_FALSE(queues.queue->abort(prepared.command.sqe.cid)) << "once";
  EXPECT_EQ(prepared.execute().wait(), Status::final(StatusCode::AbortRequested));
  EXPECT_EQ(device->counter_sums().of(block::OpClass::Write).operations, 0U);
  hold();
  Issued at_work(queues, sqe_of(IoOpcode::Write, 0, 1), std::vector<std::byte>(512));
  at_work.start();
  EXPECT_FALSE(queues.queue->abort(at_work.command.sqe.cid));
  Issued zeroes(queues, sqe_of(IoOpcode::WriteZeroes, 0, 65536));
  zeroes.start();
  EXPECT_TRUE(queues.queue->abort(zeroes.command.sqe.cid)) << "it ends after this step";
  release();
  EXPECT_TRUE(at_work.wait().is_success());
  EXPECT_EQ(zeroes.wait().code(), StatusCode::AbortRequested);
  EXPECT_EQ(queues.error_log.error_count(), 0U);
}

TEST_F(IoQueueControl, S5_1_abort_of_what_waits_for_its_turn) {
  queues.attach();
  Issued zeroes(queues, sqe_of(IoOpcode::WriteZeroes, 0, 65536));
  zeroes.start();
  ASSERT_FALSE(zeroes.is_done) << "32 MiB are several turns";
  Issued read(queues, sqe_of(IoOpcode::Read, 0, 1));
  read.start();
  ASSERT_FALSE(read.is_done) << "nothing is left of this turn's share";
  EXPECT_TRUE(queues.queue->abort(zeroes.command.sqe.cid));
  EXPECT_EQ(zeroes.wait().code(), StatusCode::AbortRequested);
  EXPECT_TRUE(read.wait().is_success());
  // Without memory for steps.
  hold(block::Op::Read);
  Issued verify(queues, sqe_of(IoOpcode::Verify, 0, 1));
  Issued second(queues, sqe_of(IoOpcode::Verify, 0, 1));
  Issued third(queues, sqe_of(IoOpcode::Verify, 0, 1));
  verify.start();
  second.start();
  third.start();
  EXPECT_TRUE(queues.queue->abort(second.command.sqe.cid));
  EXPECT_EQ(second.wait().code(), StatusCode::AbortRequested);
  release();
  EXPECT_TRUE(verify.wait().is_success());
  EXPECT_TRUE(third.wait().is_success());
}

}  // namespace
}  // namespace outrigger::nvme
