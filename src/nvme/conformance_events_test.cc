// Asynchronous events of type Error (Base 2.0, 5.2 and figure 146): which failures are told, to whom, and how often.
#include "block/faulty_device.h"
#include "nvme/conformance_rig.h"
#include "nvme/error_log.h"

#include <memory>
#include <optional>
#include <vector>

namespace outrigger::nvme {
namespace {

constexpr uint32_t error_event = 0x01'04'00;  // log page 01h, Transient Internal Error, type Error
constexpr uint32_t persistence_feature = 0x83;

// A namespace that fails when the test wants it to, and two hosts with a queue on each of two cores.
class ErrorEvents : public AdminTest {
 protected:
  ErrorEvents() : faulty("faulty", add_device(), 1) {
    nsid = add_namespace({}, faulty);
    one.emplace(world, port);
    two.emplace(world, port, HostOf{.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host2", .hostid = 0x22});
    for (TestHost* const host : {&*one, &*two}) {
      host->start();
      for (const uint16_t qid : {uint16_t{1}, uint16_t{2}}) {
        queues.push_back(&host->connect_io(qid));
      }
    }
  }
  ~ErrorEvents() override {
    queues.clear();
    one.reset();
    two.reset();
    world.settle();
    EXPECT_TRUE(world.wait(subsystem->remove_namespace(nsid))->has_value());
  }
  // Leaves an asynchronous event request.
  const TestCommand& await(TestHost& host) { return *requests.emplace_back(host.await_event()); }
  // Of host 0 or 1, through its queue 0 or 1.
  StatusCode read(size_t host, size_t queue = 0, uint64_t slba = 0) {
    return run_io(world, *queues[host * 2 + queue], io_sqe(IoOpcode::Read, nsid, slba), 512)->code();
  }
  void fail(block::Op op, block::Status status = block::Status::IoError) {
    faulty.clear_rules();
    faulty.add_rule({.op = op, .status = status});
  }
  void read_log(TestHost& host, bool retains = false) {
    ASSERT_TRUE(host.get_log(LogPage::ErrorInformation, 64, 0, retains).status.is_success());
  }

  block::FaultyDevice faulty;
  uint32_t nsid = 0;
  std::optional<TestHost> one;
  std::optional<TestHost> two;
  std::vector<Connection*> queues;
  std::vector<std::unique_ptr<TestCommand>> requests;  // until their hosts have gone
};

TEST_F(ErrorEvents, S5_2_who_reads_what_a_volume_failed_finds_it_in_the_log) {
  const TestCommand& request = await(*one);
  fail(block::Op::Read);
  const auto failed = run_io(world, *queues[1], io_sqe(IoOpcode::Read, nsid, 77), 512);
  EXPECT_EQ(failed->code(), StatusCode::UnrecoveredReadError);
  ASSERT_TRUE(request.is_done);
  EXPECT_TRUE(request.command.status.is_success());
  EXPECT_EQ(request.command.result, error_event);
  read_log(*one);
  const auto entry = one->last->data<ErrorLogEntry>();
  EXPECT_EQ(entry.sqid, 2);
  EXPECT_EQ(entry.cid, failed->command.sqe.cid);
  EXPECT_EQ(entry.nsid, nsid);
  EXPECT_EQ(entry.lba, 77U);
  EXPECT_EQ(entry.status >> 1U, failed->command.status.bits());
}

TEST_F(ErrorEvents, S5_2_every_command_that_a_volume_fails) {
  struct Row {
    IoOpcode opcode;
    block::Op op;
    block::Status status;
    StatusCode code;
  };
  using block::Op;
  constexpr auto io_error = block::Status::IoError;
  for (const Row row : {Row{IoOpcode::Read, Op::Read, io_error, StatusCode::UnrecoveredReadError},
                        Row{IoOpcode::Read, Op::Read, block::Status::Integrity, StatusCode::UnrecoveredReadError},
                        Row{IoOpcode::Write, Op::Write, io_error, StatusCode::WriteFault},
                        Row{IoOpcode::Flush, Op::Flush, io_error, StatusCode::WriteFault},
                        Row{IoOpcode::Compare, Op::Read, io_error, StatusCode::UnrecoveredReadError},
                        Row{IoOpcode::Verify, Op::Read, io_error, StatusCode::UnrecoveredReadError},
                        Row{IoOpcode::WriteZeroes, Op::WriteZeroes, io_error, StatusCode::WriteFault}}) {
    const TestCommand& request = await(*one);
    fail(row.op, row.status);
    EXPECT_EQ(run_io(world, *queues[0], io_sqe(row.opcode, nsid), 512)->code(), row.code);
    EXPECT_TRUE(request.is_done) << "opcode " << static_cast<int>(row.opcode);
    EXPECT_EQ(request.command.result, error_event);
    read_log(*one);
  }
}

TEST_F(ErrorEvents, S5_2_a_flood_of_errors_is_one_event_until_the_log_is_read) {
  const TestCommand& first = await(*one);
  const TestCommand& second = await(*one);
  const TestCommand& third = await(*one);
  fail(block::Op::Read);
  const auto flood = [this] {
    for (size_t i = 0; i < 200; ++i) {
      ASSERT_EQ(read(0, i % 2), StatusCode::UnrecoveredReadError);
    }
  };
  flood();
  EXPECT_TRUE(first.is_done);
  EXPECT_FALSE(second.is_done) << "told once";
  read_log(*one, true);
  flood();
  EXPECT_FALSE(second.is_done) << "retained";
  read_log(*one);
  EXPECT_FALSE(second.is_done) << "nothing happened since";
  flood();
  ASSERT_TRUE(second.is_done);
  EXPECT_EQ(second.command.result, error_event);
  EXPECT_FALSE(third.is_done);
  read_log(*one);
  faulty.clear_rules();
  EXPECT_EQ(read(0), StatusCode::Success);
  EXPECT_FALSE(third.is_done);
}

TEST_F(ErrorEvents, S5_2_it_is_told_to_the_controller_whose_command_failed) {
  const TestCommand& mine = await(*one);
  const TestCommand& theirs = await(*two);
  fail(block::Op::Read);
  EXPECT_EQ(read(1), StatusCode::UnrecoveredReadError);
  EXPECT_TRUE(theirs.is_done);
  EXPECT_FALSE(mine.is_done) << "it failed nothing of this host's, and its log says nothing";
  read_log(*one);
  EXPECT_EQ(one->last->data<ErrorLogEntry>().error_count, 0U);
}

TEST_F(ErrorEvents, S5_2_what_happens_before_a_request_waits_for_it) {
  fail(block::Op::Read);
  EXPECT_EQ(read(0), StatusCode::UnrecoveredReadError);
  EXPECT_EQ(read(0), StatusCode::UnrecoveredReadError);
  const TestCommand& request = await(*one);
  EXPECT_TRUE(request.is_done);
  EXPECT_EQ(request.command.result, error_event);
  const TestCommand& another = await(*one);
  EXPECT_FALSE(another.is_done);
}

// Whose log was read before an event was told has nothing left to hear.
TEST_F(ErrorEvents, S5_2_an_event_that_nobody_asked_for_is_cleared_by_reading_as_well) {
  fail(block::Op::Read);
  EXPECT_EQ(read(0), StatusCode::UnrecoveredReadError);
  read_log(*one);
  const TestCommand& request = await(*one);
  EXPECT_FALSE(request.is_done);
  EXPECT_EQ(read(0, 1), StatusCode::UnrecoveredReadError);
  EXPECT_TRUE(request.is_done);
}

TEST_F(ErrorEvents, S5_2_no_mask_keeps_it_and_other_events_do_not_stand_for_it) {
  ASSERT_TRUE(one->set_feature(0x0B, 0).status.is_success());
  const TestCommand& first = await(*one);
  const TestCommand& second = await(*one);
  fail(block::Op::Write);
  EXPECT_EQ(write_one(world, *queues[0], nsid), StatusCode::WriteFault);
  EXPECT_TRUE(first.is_done) << "no bit of Asynchronous Event Configuration is of errors";
  ASSERT_TRUE(one->set_feature(0x0B, 0xFF).status.is_success());
  ASSERT_TRUE(one->set_feature(0x04, 300).status.is_success());
  EXPECT_EQ(second.command.result, 0x02'01'01U) << "SMART";
}

TEST_F(ErrorEvents, S5_2_what_is_not_the_subsystems_fault_is_none) {
  using block::Status;
  const TestCommand& request = await(*one);
  Connection& io = *queues[0];
  EXPECT_EQ(read(0, 0, 1U << 20U), StatusCode::LbaOutOfRange);
  Sqe sqe = io_sqe(IoOpcode::Read, nsid);
  sqe.cdw12 = 1U << 26U;
  EXPECT_EQ(run_io(world, io, sqe, 512)->code(), StatusCode::InvalidProtectionInformation);
  EXPECT_EQ(run_io(world, io, io_sqe(IoOpcode::Read, 999), 512)->code(), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(run_io(world, io, io_sqe(IoOpcode::WriteUncorrectable, nsid))->code(), StatusCode::InvalidOpcode);
  EXPECT_EQ(run_io(world, io, io_sqe(IoOpcode::Compare, nsid), 512, std::vector(512, std::byte{9}))->code(),
            StatusCode::CompareFailure);
  EXPECT_EQ(one->identify(static_cast<Cns>(0xFF)).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(one->run(TestHost::admin(AdminOpcode::FirmwareCommit)).status.code(), StatusCode::InvalidOpcode);
  struct Row {
    Status status;
    StatusCode code;
  };
  for (const Row row : {Row{Status::NoSpace, StatusCode::CapacityExceeded},
                        Row{Status::ReadOnly, StatusCode::NamespaceIsWriteProtected},
                        Row{Status::Aborted, StatusCode::InternalPathError}}) {
    fail(block::Op::Write, row.status);
    EXPECT_EQ(write_one(world, io, nsid), row.code);
  }
  EXPECT_FALSE(request.is_done);
  faulty.clear_rules();
  fail(block::Op::Read);
  EXPECT_EQ(read(0), StatusCode::UnrecoveredReadError);
  EXPECT_TRUE(request.is_done) << "but it would have been told";
}

TEST_F(ErrorEvents, S3_7_2_a_reset_forgets_what_was_not_told) {
  fail(block::Op::Read);
  EXPECT_EQ(read(0), StatusCode::UnrecoveredReadError);
  one->set_property(Property::Cc, 0x0046'0000);
  world.settle();
  one->set_property(Property::Cc, 0x0046'0001);
  const TestCommand& request = await(*one);
  EXPECT_FALSE(request.is_done);
  Connection& io = one->connect_io(1);
  EXPECT_EQ(run_io(world, io, io_sqe(IoOpcode::Read, nsid), 512)->code(), StatusCode::UnrecoveredReadError);
  EXPECT_TRUE(request.is_done) << "and begins anew";
  read_log(*one);
}

// Failures that are on their way to control while the host reads its log: what was not in the page is told.
TEST_F(ErrorEvents, S5_2_no_error_is_neither_read_nor_told) {
  fail(block::Op::Read);
  uint32_t late = 0;
  for (size_t round = 0; round < 100; ++round) {
    const TestCommand* request = &await(*one);
    std::vector<std::unique_ptr<TestCommand>> commands;
    for (size_t i = 0; i < 4; ++i) {
      commands.push_back(queues[i % 2]->start(io_sqe(IoOpcode::Read, nsid), 512));
    }
    for (size_t turns = 0; turns < round % 7; ++turns) {
      world.sim().reactor((round / 7 + turns) % 3).run_turn();
    }
    if (request->is_done) {
      request = &await(*one);
    }
    TestCommand get(64);
    get.command.sqe = TestHost::admin(AdminOpcode::GetLogPage, 0xFFFF'FFFF, 0x01U | 15U << 16U);
    get.send(one->queue());
    ASSERT_TRUE(get.is_done && !request->is_done);
    world.settle();
    read_log(*one);
    const bool is_all_read = get.data<ErrorLogEntry>().error_count == one->last->data<ErrorLogEntry>().error_count;
    EXPECT_TRUE(request->is_done || is_all_read) << "round " << round;
    late += is_all_read ? 0 : 1;
    if (!request->is_done) {
      ASSERT_EQ(one->run(TestHost::admin(AdminOpcode::Abort)).result, 0U);
    }
  }
  EXPECT_GT(late, 10U) << "rounds in which something failed after the page was read";
}

// Base figure 94: details of an Internal Error should be reported as an asynchronous event.
TEST(InternalErrorEvents, S5_2_a_reservation_that_cannot_be_stored) {
  World world;
  Port port{.id = 1, .traddr = "192.0.2.1", .trsvcid = "4420"};
  MemoryStore store;
  auto device = std::move(*block::MemoryDevice::create("disk", {.block_size = 512, .block_count = 64}));
  auto subsystem = std::move(*Subsystem::create(
      world.directory(),
      {.nqn = "nqn.2026-11.example:disks", .serial = "", .model = "", .firmware = "", .reservation_store = &store}));
  subsystem->expose_at(port);
  ASSERT_TRUE(world.wait(subsystem->add_namespace({.nsid = 1, .uuid = {1}}, *device))->has_value());
  {
    TestHost host(world, port);
    host.start();
    Connection& io = host.connect_io(1);
    store.is_broken = true;
    // A command of an I/O queue that control does.
    const auto first = host.await_event();
    Sqe sqe = io_sqe(IoOpcode::ReservationRegister, 1);
    sqe.cdw10 = static_cast<uint32_t>(PersistChange::Enable) << 30U;
    const RegisterData data{.crkey = 0, .nrkey = 0xA1};
    EXPECT_EQ(run_io(world, io, sqe, 16, bytes_of(data))->code(), StatusCode::InternalError);
    ASSERT_TRUE(first->is_done);
    EXPECT_EQ(first->command.result, error_event);
    ASSERT_TRUE(host.get_log(LogPage::ErrorInformation, 64).status.is_success());
    // And one of the admin queue.
    const auto second = host.await_event();
    EXPECT_EQ(host.set_feature(persistence_feature, 1, 1).status.code(), StatusCode::InternalError);
    ASSERT_TRUE(second->is_done);
    EXPECT_EQ(second->command.result, error_event);
  }
  EXPECT_TRUE(world.wait(subsystem->close()));
  subsystem.reset();
  world.settle();
}

}  // namespace
}  // namespace outrigger::nvme
