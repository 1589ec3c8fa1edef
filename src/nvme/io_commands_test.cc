// Each I/O command, and each way to refuse it.
#include "block/faulty_device.h"
#include "block/null_device.h"
#include "nvme/nvme_rig.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace outrigger::nvme {
namespace {

using rig::Issued;
using rig::sqe_of;

constexpr uint64_t block_count = 65536;

class NvmCommandSet : public testing::Test {
 protected:
  NvmCommandSet() {
    queues.attach();
    queues.add(1, *device);
  }
  // How a command that must be refused in prepare() is refused.
  StatusCode refusal(const Sqe& sqe, uint32_t sgl_bytes = 2U << 20U) {
    Issued issued(queues, sqe, {}, sgl_bytes);
    EXPECT_FALSE(issued.prepare());
    const Status status = issued.command.status;
    EXPECT_TRUE(status.is_final());
    return status.code();
  }
  void write(uint64_t lba, std::span<const std::byte> data, uint32_t bits = 0) {
    const auto count = static_cast<uint32_t>(data.size() / 512);
    EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Write, lba, count, bits), data).run().is_success());
  }
  std::vector<std::byte> read(uint64_t lba, uint32_t count) {
    Issued issued(queues, sqe_of(IoOpcode::Read, lba, count));
    EXPECT_TRUE(issued.run().is_success());
    return issued.memory;
  }

  core::Random random{1};
  std::unique_ptr<block::MemoryDevice> device = rig::memory_device(block_count);
  rig::Queues queues;
};

TEST_F(NvmCommandSet, a_read_is_lent_where_it_lies) {
  const auto data = rig::random_bytes(random, 4 * 512);
  write(7, data);
  Issued lent(queues, sqe_of(IoOpcode::Read, 7, 4));
  ASSERT_TRUE(lent.prepare());
  ASSERT_TRUE(queues.queue->lend(lent.command));
  ASSERT_EQ(lent.command.iov_count, 1U);
  ASSERT_EQ(lent.command.iov->iov_len, data.size());
  EXPECT_EQ(std::memcmp(lent.command.iov->iov_base, data.data(), data.size()), 0);
  EXPECT_EQ(device->counter_sums().of(block::OpClass::Read).bytes, data.size());
  queues.queue->returned(lent.command);
  EXPECT_EQ(queues.totals().host_reads(), 1U) << "when it has been sent";
  EXPECT_EQ(queues.totals().read_bytes(), data.size());
  // Nothing else is.
  Issued changed(queues, sqe_of(IoOpcode::Write, 7, 4), data);
  ASSERT_TRUE(changed.prepare());
  EXPECT_FALSE(queues.queue->lend(changed.command));
  EXPECT_TRUE(changed.execute().wait().is_success());
}

TEST_F(NvmCommandSet, S3_2_4_and_S3_2_6_read_what_was_written) {
  const auto data = rig::random_bytes(random, 8 * 512);
  write(100, data);
  write(50, data, cdw12::ForceUnitAccess);
  EXPECT_EQ(read(100, 8), data);
  Issued cut(queues, sqe_of(IoOpcode::Read, 50, 8));
  EXPECT_TRUE(cut.run(700).is_success());
  EXPECT_EQ(cut.memory, data);
  EXPECT_EQ(cut.command.result, 0U);
  const IoTotals totals = queues.totals();
  EXPECT_EQ(totals.host_reads(), 2U);
  EXPECT_EQ(totals.host_writes(), 2U);
  EXPECT_EQ(totals.read_bytes(), 2 * 8 * 512U);
  EXPECT_EQ(totals.written_bytes(), 2 * 8 * 512U);
  EXPECT_EQ(totals.errors, 0U);
}

TEST_F(NvmCommandSet, directions_and_lengths) {
  Issued read(queues, sqe_of(IoOpcode::Read, 0, 3));
  ASSERT_TRUE(read.prepare());
  EXPECT_EQ(read.command.direction, Direction::ToHost);
  EXPECT_EQ(read.command.data_bytes, 3 * 512U) << "not what the larger SGL says";
  queues.queue->forget(read.command);
  Issued zeroes(queues, sqe_of(IoOpcode::WriteZeroes, 0, 65536));
  ASSERT_TRUE(zeroes.prepare());
  EXPECT_EQ(zeroes.command.direction, Direction::None);
  EXPECT_EQ(zeroes.command.data_bytes, 0U);
  queues.queue->forget(zeroes.command);
}

TEST_F(NvmCommandSet, opcodes_that_do_not_exist) {
  for (uint32_t opcode = 0; opcode < 256; ++opcode) {
    switch (opcode) {
      case 0x00:
      case 0x01:
      case 0x02:
      case 0x05:
      case 0x08:
      case 0x09:
      case 0x0C:
      case 0x0D:
      case 0x0E:
      case 0x11:
      case 0x15:
      case 0x19:
      case 0x7F: continue;
      default: break;
    }
    EXPECT_EQ(refusal(sqe_of(static_cast<IoOpcode>(opcode), 0, 1)), StatusCode::InvalidOpcode) << opcode;
  }
  EXPECT_EQ(refusal(sqe_of(IoOpcode::WriteUncorrectable, 0, 1)), StatusCode::InvalidOpcode);
}

TEST_F(NvmCommandSet, data_are_described_by_sgls) {
  for (const unsigned psdt : {0U, 2U, 3U}) {
    Sqe sqe = sqe_of(IoOpcode::Read, 0, 1);
    sqe.flags = static_cast<uint8_t>(psdt << 6U);
    EXPECT_EQ(refusal(sqe), StatusCode::InvalidField);
    EXPECT_EQ(queues.latest_error().parameter_error_location, 1U);
  }
}

TEST_F(NvmCommandSet, namespaces_that_are_not_there) {
  for (const uint32_t nsid : {0U, 2U, rig::nsid_max, rig::nsid_max + 1, 0x7FFFFFFFU, nsid_all - 1, nsid_all}) {
    for (const IoOpcode opcode :
         {IoOpcode::Read, IoOpcode::Write, IoOpcode::Compare, IoOpcode::WriteZeroes, IoOpcode::Verify,
          IoOpcode::DatasetManagement, IoOpcode::Copy, IoOpcode::ReservationAcquire}) {
      EXPECT_EQ(refusal(sqe_of(opcode, 0, 1, 0, nsid)), StatusCode::InvalidNamespaceOrFormat) << nsid;
    }
    if (nsid != nsid_all) {
      EXPECT_EQ(refusal(sqe_of(IoOpcode::Flush, nsid)), StatusCode::InvalidNamespaceOrFormat);
    }
  }
  // Control allowed it but this core does not have it yet.
  queues.allow(3, {.read = {}, .write = {}, .reservation = {}});
  Issued early(queues, sqe_of(IoOpcode::Read, 0, 1, 0, 3));
  EXPECT_FALSE(early.prepare());
  EXPECT_EQ(early.command.status, Status::retryable(StatusCode::NamespaceNotReady));
}

TEST_F(NvmCommandSet, the_access_table_decides) {
  const Status conflict = Status::final(StatusCode::ReservationConflict);
  const Status inaccessible = Status::retryable(StatusCode::AnaInaccessible);
  queues.allow(1, {.read = {}, .write = conflict, .reservation = inaccessible});
  for (const IoOpcode opcode :
       {IoOpcode::Write, IoOpcode::WriteZeroes, IoOpcode::DatasetManagement, IoOpcode::Flush, IoOpcode::Copy}) {
    Issued issued(queues, sqe_of(opcode, 0, 1));
    EXPECT_FALSE(issued.prepare());
    EXPECT_EQ(issued.command.status, conflict) << "and without More: nobody looks for that in a log";
  }
  for (const IoOpcode opcode : {IoOpcode::Read, IoOpcode::Compare, IoOpcode::Verify}) {
    Issued issued(queues, sqe_of(opcode, 0, 1));
    EXPECT_TRUE(issued.prepare());
    queues.queue->forget(issued.command);
  }
  for (const IoOpcode opcode : {IoOpcode::ReservationRegister, IoOpcode::ReservationReport,
                                IoOpcode::ReservationAcquire, IoOpcode::ReservationRelease}) {
    Issued issued(queues, sqe_of(opcode, 0, 1));
    EXPECT_FALSE(issued.prepare());
    EXPECT_EQ(issued.command.status, inaccessible);
  }
  queues.allow(1, {.read = inaccessible, .write = {}, .reservation = {}});
  Issued copy(queues, sqe_of(IoOpcode::Copy, 0, 1));
  EXPECT_FALSE(copy.prepare()) << "it reads, too";
  EXPECT_EQ(queues.error_log.error_count(), 0U);
}

TEST_F(NvmCommandSet, S2_blocks_behind_the_end) {
  for (const IoOpcode opcode :
       {IoOpcode::Read, IoOpcode::Write, IoOpcode::Compare, IoOpcode::WriteZeroes, IoOpcode::Verify}) {
    EXPECT_EQ(refusal(sqe_of(opcode, block_count, 1)), StatusCode::LbaOutOfRange);
    EXPECT_EQ(refusal(sqe_of(opcode, block_count - 7, 8)), StatusCode::LbaOutOfRange);
    EXPECT_EQ(refusal(sqe_of(opcode, UINT64_MAX, 1)), StatusCode::LbaOutOfRange);
    EXPECT_EQ(refusal(sqe_of(opcode, UINT64_MAX, 65536)), StatusCode::LbaOutOfRange);
    EXPECT_EQ(refusal(sqe_of(opcode, UINT64_MAX - 65535, 65536)), StatusCode::LbaOutOfRange);
    EXPECT_EQ(queues.latest_error().lba, UINT64_MAX - 65535);
    EXPECT_EQ(queues.latest_error().parameter_error_location, 40U);
    Issued last(queues, sqe_of(opcode, block_count - 8, 8));
    EXPECT_TRUE(last.prepare());
    queues.queue->forget(last.command);
  }
}

TEST_F(NvmCommandSet, S5_17_2_no_more_data_than_mdts) {
  for (const IoOpcode opcode : {IoOpcode::Read, IoOpcode::Write, IoOpcode::Compare}) {
    EXPECT_EQ(refusal(sqe_of(opcode, 0, mdts_bytes / 512 + 1)), StatusCode::InvalidField);
    EXPECT_EQ(refusal(sqe_of(opcode, 0, 65536)), StatusCode::InvalidField);
    Issued most(queues, sqe_of(opcode, 0, mdts_bytes / 512));
    EXPECT_TRUE(most.prepare());
    queues.queue->forget(most.command);
  }
  block::Device& large = queues.keep(rig::memory_device(1 << 20, 65536));
  queues.add(2, large);
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Read, 0, 65536, 0, 2)), StatusCode::InvalidField) << "4 GiB are not 0 bytes";
}

TEST_F(NvmCommandSet, sgls_that_are_too_short) {
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Read, 0, 8), 4095), StatusCode::DataSglLengthInvalid);
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Write, 0, 8), 0), StatusCode::DataSglLengthInvalid);
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Compare, 0, 8), 4095), StatusCode::DataSglLengthInvalid);
  Sqe ranges = sqe_of(IoOpcode::DatasetManagement);
  ranges.cdw10 = 255;
  EXPECT_EQ(refusal(ranges, 256 * 16 - 1), StatusCode::DataSglLengthInvalid);
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Copy, 0, 2), 63), StatusCode::DataSglLengthInvalid);
  EXPECT_EQ(refusal(sqe_of(IoOpcode::ReservationRegister), 15), StatusCode::DataSglLengthInvalid);
  EXPECT_EQ(queues.latest_error().status >> 1U, Status::final(StatusCode::DataSglLengthInvalid).with_more().bits());
}

TEST_F(NvmCommandSet, S5_2_protection_information_there_is_none_of) {
  for (const IoOpcode opcode :
       {IoOpcode::Read, IoOpcode::Write, IoOpcode::Compare, IoOpcode::WriteZeroes, IoOpcode::Verify}) {
    for (uint32_t bit = 26; bit < 30; ++bit) {
      EXPECT_EQ(refusal(sqe_of(opcode, 0, 1, 1U << bit)), StatusCode::InvalidProtectionInformation);
    }
    EXPECT_EQ(refusal(sqe_of(opcode, 0, 1, cdw12::StorageTagCheck)), StatusCode::InvalidField);
  }
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Write, 0, 1, 1U << 20U)), StatusCode::InvalidField) << "directives";
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Copy, 0, 1, 1U << 12U)), StatusCode::InvalidProtectionInformation);
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Copy, 0, 1, 1U << 28U)), StatusCode::InvalidProtectionInformation);
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Copy, 0, 1, 1U << 8U)), StatusCode::InvalidField) << "descriptor format 1h";
  // Limited retry is advice.
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Read, 0, 1, 1U << 31U)).run().is_success());
}

TEST_F(NvmCommandSet, S8_12_namespace_write_protection) {
  block::Device& read_only = queues.keep(rig::memory_device(1000, 512, false));
  queues.add(2, read_only);
  for (const IoOpcode opcode : {IoOpcode::Write, IoOpcode::WriteZeroes, IoOpcode::DatasetManagement, IoOpcode::Copy}) {
    EXPECT_EQ(refusal(sqe_of(opcode, 0, 1, 0, 2)), StatusCode::NamespaceIsWriteProtected);
  }
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Read, 0, 1, 0, 2)).run().is_success());
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Flush, 2)).run().is_success());
}

TEST_F(NvmCommandSet, S3_2_1_compare) {
  const auto data = rig::random_bytes(random, 300 * 512);
  write(10, data);
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Compare, 10, 300), data).run(1000).is_success());
  for (const size_t at : {size_t{0}, size_t{511}, size_t{65536}, data.size() - 1}) {
    auto other = data;
    other[at] ^= std::byte{1};
    Issued compare(queues, sqe_of(IoOpcode::Compare, 10, 300), other);
    EXPECT_EQ(compare.run(), Status::final(StatusCode::CompareFailure)) << at;
  }
  EXPECT_EQ(queues.totals().host_reads(), 1U);
  EXPECT_EQ(queues.totals().errors, 4U);
}

TEST_F(NvmCommandSet, S3_2_5_verify) {
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Verify, 0, 65536)).run().is_success());
  EXPECT_EQ(queues.totals().host_reads(), 1U);
  EXPECT_EQ(device->counter_sums().of(block::OpClass::Read).bytes, 65536U * 512);
}

TEST_F(NvmCommandSet, S3_2_8_write_zeroes) {
  write(0, rig::random_bytes(random, 100 * 512));
  const auto before = read(0, 100);
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::WriteZeroes, 10, 50)).run().is_success());
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::WriteZeroes, 70, 1, cdw12::Deallocate)).run().is_success());
  auto expected = before;
  std::fill_n(expected.begin() + 10 * 512, 50 * 512, std::byte{});
  std::fill_n(expected.begin() + 70 * 512, 512, std::byte{});
  EXPECT_EQ(read(0, 100), expected);
}

TEST_F(NvmCommandSet, flush_of_one_and_of_all_that_may_be_written) {
  block::Device& other = queues.keep(rig::memory_device(100));
  block::Device& third = queues.keep(rig::memory_device(100));
  queues.add(3, other);
  queues.add(5, third);
  queues.allow(5, {.read = {}, .write = Status::final(StatusCode::ReservationConflict), .reservation = {}});
  const auto flushes = [](const block::Device& of) { return of.counter_sums().of(block::OpClass::Flush).operations; };
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Flush)).run().is_success());
  EXPECT_EQ(flushes(*device), 1U);
  EXPECT_EQ(flushes(other), 0U);
  EXPECT_TRUE(Issued(queues, sqe_of(IoOpcode::Flush, nsid_all)).run().is_success());
  EXPECT_EQ(flushes(*device), 2U);
  EXPECT_EQ(flushes(other), 1U);
  EXPECT_EQ(flushes(third), 0U);
}

class Ranges : public NvmCommandSet {
 protected:
  Issued& discard(const std::vector<DatasetRange>& ranges, uint32_t attributes = dataset_deallocate) {
    Sqe sqe = sqe_of(IoOpcode::DatasetManagement);
    sqe.cdw10 = static_cast<uint32_t>(ranges.size() - 1);
    sqe.cdw11 = attributes;
    last_ = std::make_unique<Issued>(queues, sqe, rig::bytes_of(ranges));
    last_->run();
    return *last_;
  }
  Issued& copy(uint64_t to, const std::vector<CopyRange>& ranges, uint32_t bits = 0) {
    last_ = std::make_unique<Issued>(queues, sqe_of(IoOpcode::Copy, to, static_cast<uint32_t>(ranges.size()), bits),
                                     rig::bytes_of(ranges));
    last_->run();
    return *last_;
  }
  static CopyRange source(uint64_t lba, uint32_t count) {
    CopyRange range;
    range.slba = lba;
    range.nlb = static_cast<uint16_t>(count - 1);
    return range;
  }

 private:
  std::unique_ptr<Issued> last_;
};

TEST_F(Ranges, S3_2_3_deallocate) {
  const auto before = rig::random_bytes(random, 200 * 512);
  write(0, before);
  EXPECT_TRUE(discard({{0, 8, 8}, {7, 0, 50}, {0, 64, 96}}).command.status.is_success());
  auto expected = before;
  std::fill_n(expected.begin() + 8 * 512, 8 * 512, std::byte{});
  std::fill_n(expected.begin() + 96 * 512, 64 * 512, std::byte{});
  EXPECT_EQ(read(0, 200), expected) << "memory volumes read zeroes";
}

TEST_F(Ranges, S3_2_3_hints_change_nothing_but_are_checked) {
  const auto before = rig::random_bytes(random, 512);
  write(0, before);
  EXPECT_TRUE(discard({{0, 1, 0}}, 3).command.status.is_success());
  EXPECT_EQ(read(0, 1), before);
  EXPECT_EQ(discard({{0, 1, 0}, {0, 2, block_count - 1}}, 3).code(), StatusCode::LbaOutOfRange);
}

TEST_F(Ranges, S3_2_3_ranges_behind_the_end_are_refused_before_anything_is_done) {
  const auto before = rig::random_bytes(random, 512);
  write(0, before);
  EXPECT_EQ(discard({{0, 1, 0}, {0, 1, block_count}}).code(), StatusCode::LbaOutOfRange);
  EXPECT_EQ(discard({{0, 1, 0}, {0, UINT32_MAX, 1}}).code(), StatusCode::LbaOutOfRange);
  EXPECT_EQ(discard({{0, 1, 0}, {0, UINT32_MAX, UINT64_MAX}}).code(), StatusCode::LbaOutOfRange);
  EXPECT_EQ(read(0, 1), before);
}

TEST_F(Ranges, S3_2_3_256_ranges) {
  const auto before = rig::random_bytes(random, 512 * 512);
  write(0, before);
  std::vector<DatasetRange> ranges;
  auto expected = before;
  for (uint64_t i = 0; i < 256; ++i) {
    ranges.push_back({0, 1, 2 * i});
    std::fill_n(expected.begin() + static_cast<ptrdiff_t>(2 * i * 512), 512, std::byte{});
  }
  EXPECT_TRUE(discard(ranges).command.status.is_success());
  EXPECT_EQ(read(0, 512), expected);
}

TEST_F(Ranges, S3_2_2_copy_puts_the_ranges_one_after_the_other) {
  const auto data = rig::random_bytes(random, 100 * 512);
  write(0, data);
  EXPECT_TRUE(
      copy(1000, {source(10, 5), source(0, 1), source(50, 20)}, cdw12::ForceUnitAccess).command.status.is_success());
  std::vector<std::byte> expected(data.begin() + 10 * 512, data.begin() + 15 * 512);
  expected.insert(expected.end(), data.begin(), data.begin() + 512);
  expected.insert(expected.end(), data.begin() + 50 * 512, data.begin() + 70 * 512);
  EXPECT_EQ(read(1000, 26), expected);
  EXPECT_EQ(queues.totals().host_writes(), 2U);
}

TEST_F(Ranges, S3_2_2_copy_limits) {
  EXPECT_EQ(refusal(sqe_of(IoOpcode::Copy, 0, copy_ranges_max + 1)), StatusCode::CommandSizeLimitExceeded) << "MSRC";
  EXPECT_EQ(copy(0, {source(0, 1), source(0, copy_range_blocks_max + 1U)}).code(),
            StatusCode::CommandSizeLimitExceeded);
  EXPECT_EQ(queues.totals().host_writes(), 0U);
  const std::vector<CopyRange> much(copy_blocks_max / copy_range_blocks_max + 1, source(0, copy_range_blocks_max));
  EXPECT_EQ(copy(0, much).code(), StatusCode::LbaOutOfRange) << "the destination ends before MCL is reached";
  block::Device& large = queues.keep(rig::memory_device(uint64_t{2} * copy_blocks_max));
  queues.add(2, large);
  Issued limit(queues, sqe_of(IoOpcode::Copy, 0, static_cast<uint32_t>(much.size()), 0, 2), rig::bytes_of(much));
  limit.run();
  EXPECT_EQ(limit.code(), StatusCode::CommandSizeLimitExceeded) << "MCL";
  EXPECT_EQ(limit.command.result, much.size() - 1);
}

TEST_F(Ranges, S3_2_2_copy_tells_which_range_failed) {
  Issued& out = copy(0, {source(0, 1), source(1, 1), source(block_count - 1, 2)});
  EXPECT_EQ(out.code(), StatusCode::LbaOutOfRange);
  EXPECT_EQ(out.command.result, 2U);
  EXPECT_EQ(copy(0, {source(UINT64_MAX, 65536)}).code(), StatusCode::CommandSizeLimitExceeded);
  EXPECT_EQ(copy(0, {source(UINT64_MAX, 2)}).code(), StatusCode::LbaOutOfRange);
  EXPECT_EQ(copy(UINT64_MAX, {source(0, 1)}).code(), StatusCode::LbaOutOfRange);
  EXPECT_EQ(copy(block_count - 3, {source(0, 3), source(0, 1)}).command.result, 1U);
}

// -- what devices answer

TEST(StatusMapping, of_every_answer) {
  using block::Op;
  using block::Status;
  EXPECT_TRUE(to_status(Status::Ok, Op::Read).is_success());
  EXPECT_EQ(to_status(Status::IoError, Op::Read), nvme::Status::final(StatusCode::UnrecoveredReadError));
  EXPECT_EQ(to_status(Status::IoError, Op::Write), nvme::Status::final(StatusCode::WriteFault));
  EXPECT_EQ(to_status(Status::IoError, Op::Flush), nvme::Status::final(StatusCode::WriteFault));
  EXPECT_EQ(to_status(Status::Integrity, Op::Read), nvme::Status::final(StatusCode::UnrecoveredReadError));
  EXPECT_EQ(to_status(Status::OutOfRange, Op::Read), nvme::Status::final(StatusCode::LbaOutOfRange));
  EXPECT_EQ(to_status(Status::Invalid, Op::Read), nvme::Status::final(StatusCode::InvalidField));
  EXPECT_EQ(to_status(Status::Unsupported, Op::Copy), nvme::Status::final(StatusCode::InvalidOpcode));
  EXPECT_EQ(to_status(Status::ReadOnly, Op::Write), nvme::Status::final(StatusCode::NamespaceIsWriteProtected));
  EXPECT_EQ(to_status(Status::NoSpace, Op::Write), nvme::Status::final(StatusCode::CapacityExceeded));
  EXPECT_EQ(to_status(Status::Miscompare, Op::CompareAndWrite), nvme::Status::final(StatusCode::CompareFailure));
  EXPECT_EQ(to_status(Status::Aborted, Op::Read), nvme::Status::retryable(StatusCode::InternalPathError));
}

TEST_F(NvmCommandSet, media_errors_are_counted_and_written_down) {
  block::FaultyDevice faulty("faulty", *device, 1);
  {
    rig::Queues other;
    other.attach();
    other.add(1, faulty);
    faulty.add_rule({.op = block::Op::Read});
    Issued read(other, sqe_of(IoOpcode::Read, 5, 1));
    EXPECT_EQ(read.run(), Status::final(StatusCode::UnrecoveredReadError).with_more());
    const ErrorLogEntry entry = other.latest_error();
    EXPECT_EQ(entry.error_count, 1U);
    EXPECT_EQ(entry.sqid, 7U);
    EXPECT_EQ(entry.cid, read.command.sqe.cid);
    EXPECT_EQ(entry.lba, 5U);
    EXPECT_EQ(entry.nsid, 1U);
    Issued compare(other, sqe_of(IoOpcode::Compare, 5, 1), std::vector<std::byte>(512));
    EXPECT_EQ(compare.run(), Status::final(StatusCode::UnrecoveredReadError).with_more());
    EXPECT_EQ(other.totals().media_errors, 2U);
    EXPECT_EQ(other.totals().errors, 2U);
    EXPECT_EQ(other.totals().host_reads(), 0U);
  }
}

TEST_F(NvmCommandSet, null_volumes_do_not_show_what_buffers_held) {
  block::NullDevice null("null", {.block_count = 1000});
  {
    rig::Queues other;
    other.attach();
    other.add(1, null);
    Issued read(other, sqe_of(IoOpcode::Read, 5, 4));
    EXPECT_TRUE(read.run(700).is_success());
    EXPECT_EQ(read.memory, std::vector<std::byte>(4 * 512));
    EXPECT_TRUE(Issued(other, sqe_of(IoOpcode::Compare, 5, 4), std::vector<std::byte>(4 * 512)).run().is_success());
  }
}

TEST_F(NvmCommandSet, the_time_of_the_latest_command_is_kept) {
  queues.clock.advance(5'000'000);
  queues.turn();
  EXPECT_EQ(queues.queue->counters().last_command_ns.load(), 0U);
  read(0, 1);
  EXPECT_EQ(queues.queue->counters().last_command_ns.load(), 5'000'001U);
}

TEST_F(NvmCommandSet, prefetch_takes_anything_that_was_prepared) {
  for (const IoOpcode opcode : {IoOpcode::Read, IoOpcode::Write, IoOpcode::Flush, IoOpcode::Compare, IoOpcode::Copy}) {
    Issued issued(queues, sqe_of(opcode, 0, 1));
    ASSERT_TRUE(issued.prepare());
    queues.queue->prefetch(issued.command);
    issued.execute().wait();
  }
}

}  // namespace
}  // namespace outrigger::nvme
