// Judging commands: every field of a host's command is looked at here, once.
#include "nvme/io_commands.h"

#include "block/iov_cursor.h"
#include "nvme/error_location.h"
#include "nvme/fabrics_format.h"
#include "nvme/io_queue.h"
#include "nvme/nvm_format.h"
#include "nvme_auth/limits.h"

#include <cstring>

namespace outrigger::nvme {
namespace {

// Bytes of a command, for the error information log.
enum Location : uint16_t {
  AtOpcode = 0,
  AtFlags = 1,
  AtNsid = 4,
  AtSgl = 24,
  AtCdw10 = 40,
  AtCdw11 = 44,
  AtCdw12 = 48
};

constexpr Verdict final(StatusCode code, uint16_t location) noexcept { return {Status::final(code), location}; }

bool is_within(uint64_t lba, uint64_t count, uint64_t block_count) noexcept {
  return count <= block_count && lba <= block_count - count;
}

// The namespace, when the host may do that with it.
Verdict find_namespace(Command& command, const IoRules& rules, Status Access::* right) noexcept {
  const uint32_t nsid = command.sqe.nsid;
  const Status allowed = rules.access.of(nsid).*right;
  if (!allowed.is_success()) [[unlikely]] {
    return {allowed, AtNsid};
  }
  NamespaceEntry* const entry = rules.namespaces.find(nsid);
  if (entry == nullptr) [[unlikely]] {
    return {Status::retryable(StatusCode::NamespaceNotReady), AtNsid};  // control has not told this core yet
  }
  if (right == &Access::write && !entry->is_writable) [[unlikely]] {
    return final(StatusCode::NamespaceIsWriteProtected, AtNsid);
  }
  command.work.entry = entry;
  return {};
}

Verdict take_data(Command& command, Direction direction, uint64_t bytes) noexcept {
  if (command.sgl_bytes < bytes) [[unlikely]] {
    return final(StatusCode::DataSglLengthInvalid, AtSgl);
  }
  command.direction = direction;
  command.data_bytes = static_cast<uint32_t>(bytes);
  return {};
}

// Starting LBA and number of blocks, and the bits that no namespace of ours knows. There are no metadata, hence no
// protection information (figure "Status Code – Command Specific Status Values": the settings do not fit the format).
Verdict take_blocks(Command& command, uint32_t unknown_bits) noexcept {
  const Sqe& sqe = command.sqe;
  const uint32_t dword12 = sqe.cdw12;
  if ((dword12 & (cdw12::ProtectionInformation | cdw12::StorageTagCheck | unknown_bits)) != 0) [[unlikely]] {
    return final((dword12 & cdw12::ProtectionInformation) != 0 ? StatusCode::InvalidProtectionInformation
                                                               : StatusCode::InvalidField,
                 AtCdw12);
  }
  const uint64_t lba = sqe.slba();
  const uint64_t count = (dword12 & 0xFFFFU) + 1;
  if (!is_within(lba, count, command.work.entry->device->block_count())) [[unlikely]] {
    return final(StatusCode::LbaOutOfRange, AtCdw10);
  }
  command.io.lba = lba;
  command.io.block_count = count;
  command.io.flags = (dword12 & cdw12::ForceUnitAccess) != 0 ? block::flag::Fua : uint8_t{0};
  return {};
}

Verdict judge_transfer(Command& command, const IoRules& rules, Status Access::* right, Direction direction,
                       uint32_t unknown_bits) noexcept {
  if (const Verdict verdict = find_namespace(command, rules, right); !verdict.status.is_success()) [[unlikely]] {
    return verdict;
  }
  if (const Verdict verdict = take_blocks(command, unknown_bits); !verdict.status.is_success()) [[unlikely]] {
    return verdict;
  }
  const uint64_t bytes = command.io.block_count << command.work.entry->block_shift;
  if (bytes > rules.mdts_bytes) [[unlikely]] {
    return final(StatusCode::InvalidField, AtCdw12);
  }
  return take_data(command, direction, bytes);
}

Verdict judge_io(Command& command, const IoRules& rules, bool is_read) noexcept {
  const Verdict verdict =
      is_read ? judge_transfer(command, rules, &Access::read, Direction::ToHost, 0)
              : judge_transfer(command, rules, &Access::write, Direction::ToController, cdw12::DirectiveType);
  const uint32_t bytes_max = verdict.status.is_success() ? command.work.entry->transfer_bytes_max : 0;
  const bool is_too_large = bytes_max != 0 && command.data_bytes > bytes_max;
  command.work.kind = is_too_large ? IoKind::Pieces : IoKind::Request;
  command.io.op = is_read ? block::Op::Read : block::Op::Write;
  return verdict;
}

Verdict judge_compare(Command& command, const IoRules& rules) noexcept {
  command.work.kind = IoKind::Compare;
  return judge_transfer(command, rules, &Access::read, Direction::ToController, 0);
}

// Commands that name blocks and have no data.
Verdict judge_blocks(Command& command, const IoRules& rules, Status Access::* right, IoKind kind) noexcept {
  command.work.kind = kind;
  if (const Verdict verdict = find_namespace(command, rules, right); !verdict.status.is_success()) {
    return verdict;
  }
  if (const Verdict verdict = take_blocks(command, 0); !verdict.status.is_success()) {
    return verdict;
  }
  if (kind == IoKind::WriteZeroes && (command.sqe.cdw12 & cdw12::Deallocate) != 0) {
    command.io.flags |= block::flag::MayUnmap;
  }
  return take_data(command, Direction::None, 0);
}

// FFFFFFFFh: all namespaces that the host may write.
Verdict judge_flush(Command& command, const IoRules& rules) noexcept {
  command.io.op = block::Op::Flush;
  command.io.flags = 0;
  if (command.sqe.nsid == nsid_all) {
    command.work.kind = IoKind::FlushAll;
    command.work.entry = nullptr;
    return take_data(command, Direction::None, 0);
  }
  command.work.kind = IoKind::Request;
  const Status allowed = rules.access.of(command.sqe.nsid).write;
  if (!allowed.is_success()) {
    return {allowed, AtNsid};
  }
  command.work.entry = rules.namespaces.find(command.sqe.nsid);
  if (command.work.entry == nullptr) {
    return {Status::retryable(StatusCode::NamespaceNotReady), AtNsid};
  }
  return take_data(command, Direction::None, 0);
}

Verdict judge_dataset_management(Command& command, const IoRules& rules) noexcept {
  const bool is_deallocate = (command.sqe.cdw11 & dataset_deallocate) != 0;
  command.work.kind = is_deallocate ? IoKind::Discard : IoKind::Hint;
  if (const Verdict verdict = find_namespace(command, rules, &Access::write); !verdict.status.is_success()) {
    return verdict;
  }
  const uint64_t range_count = (command.sqe.cdw10 & dataset_ranges_mask) + 1;
  command.io.flags = 0;
  return take_data(command, Direction::ToController, range_count * sizeof(DatasetRange));
}

Verdict judge_copy(Command& command, const IoRules& rules) noexcept {
  command.work.kind = IoKind::Copy;
  if (const Verdict verdict = find_namespace(command, rules, &Access::write); !verdict.status.is_success()) {
    return verdict;
  }
  if (const Status allowed = rules.access.of(command.sqe.nsid).read; !allowed.is_success()) {
    return {allowed, AtNsid};
  }
  const uint32_t dword12 = command.sqe.cdw12;
  if ((dword12 & (cdw12::ProtectionInformation | cdw12::CopyReadProtection)) != 0) {
    return final(StatusCode::InvalidProtectionInformation, AtCdw12);
  }
  if ((dword12 & (cdw12::CopyFormat | cdw12::DirectiveType | cdw12::StorageTagCheck | cdw12::Deallocate)) != 0) {
    return final(StatusCode::InvalidField, AtCdw12);
  }
  const uint64_t range_count = (dword12 & cdw12::CopyRanges) + 1;
  if (range_count > copy_ranges_max) {
    return final(StatusCode::CommandSizeLimitExceeded, AtCdw12);
  }
  command.io.flags = (dword12 & cdw12::ForceUnitAccess) != 0 ? block::flag::Fua : uint8_t{0};
  return take_data(command, Direction::ToController, range_count * sizeof(CopyRange));
}

Verdict judge_control(Command& command, const IoRules& rules) noexcept {
  command.work.kind = IoKind::Control;
  if (command.sqe.opcode != static_cast<uint8_t>(IoOpcode::Fabrics)) {
    if (const Status allowed = rules.access.of(command.sqe.nsid).reservation; !allowed.is_success()) {
      return {allowed, AtNsid};
    }
  }
  const Status status = QueueKeeper::prepare_on_control(command);
  return {status, status.is_success() ? nowhere : control_error_location(command.sqe, status)};
}

template <typename Range, typename Judge>
Verdict for_each_range(const Command& command, uint32_t& bad_range, Judge judge_range) noexcept {
  block::IovCursor data(command.iov);
  const auto count = static_cast<uint32_t>(command.data_bytes / sizeof(Range));
  for (uint32_t i = 0; i < count; ++i) {
    Range range;
    data.gather(reinterpret_cast<std::byte*>(&range), sizeof range);
    if (const Verdict verdict = judge_range(range); !verdict.status.is_success()) {
      bad_range = i;
      return verdict;
    }
  }
  return {};
}

}  // namespace

Verdict judge(Command& command, const IoRules& rules) noexcept {
  if (command.sqe.psdt() != 1) [[unlikely]] {
    return final(StatusCode::InvalidField, AtFlags);  // over fabrics all data are described by SGLs
  }
  switch (static_cast<IoOpcode>(command.sqe.opcode)) {
    case IoOpcode::Read: return judge_io(command, rules, true);
    case IoOpcode::Write: return judge_io(command, rules, false);
    case IoOpcode::Flush: return judge_flush(command, rules);
    case IoOpcode::Compare: return judge_compare(command, rules);
    case IoOpcode::WriteZeroes: return judge_blocks(command, rules, &Access::write, IoKind::WriteZeroes);
    case IoOpcode::Verify: return judge_blocks(command, rules, &Access::read, IoKind::Verify);
    case IoOpcode::DatasetManagement: return judge_dataset_management(command, rules);
    case IoOpcode::Copy: return judge_copy(command, rules);
    case IoOpcode::ReservationRegister:
    case IoOpcode::ReservationReport:
    case IoOpcode::ReservationAcquire:
    case IoOpcode::ReservationRelease:
    case IoOpcode::Fabrics: return judge_control(command, rules);
    case IoOpcode::WriteUncorrectable: break;
  }
  return final(StatusCode::InvalidOpcode, AtOpcode);
}

Verdict judge_fused(Command& command, const IoRules& rules) noexcept {
  if (command.sqe.psdt() != 1) {
    return final(StatusCode::InvalidField, AtFlags);
  }
  const bool is_first = command.sqe.fuse() == Fuse::First;
  const IoOpcode expected = is_first ? IoOpcode::Compare : IoOpcode::Write;
  if (command.sqe.opcode != static_cast<uint8_t>(expected)) {
    return final(StatusCode::InvalidField, AtFlags);  // Compare and Write is the only pair there is
  }
  const Verdict verdict = is_first ? judge_compare(command, rules) : judge_io(command, rules, false);
  command.work.kind = is_first ? IoKind::FusedCompare : IoKind::FusedWrite;
  if (!verdict.status.is_success()) {
    return verdict;
  }
  const NamespaceEntry& entry = *command.work.entry;
  if (!entry.can_compare_and_write) {  // then it is done step by step, in pieces as small as the device wants
    return entry.pair_leg != nullptr ? Verdict{} : final(StatusCode::InvalidField, AtFlags);
  }
  if (entry.transfer_bytes_max != 0 && command.data_bytes > entry.transfer_bytes_max) {
    return final(StatusCode::InvalidField, AtCdw12);
  }
  return {};
}

bool is_pair(const Command& first, const Command& second) noexcept {
  return first.sqe.nsid == second.sqe.nsid && first.io.lba == second.io.lba &&
         first.io.block_count == second.io.block_count;
}

bool may_write(const Command& command, uint64_t lba, uint64_t block_count) noexcept {
  switch (command.work.kind) {
    case IoKind::Request:
    case IoKind::Pieces:
      if (command.sqe.opcode != static_cast<uint8_t>(IoOpcode::Write)) {
        return false;
      }
      [[fallthrough]];
    case IoKind::WriteZeroes: {
      const uint64_t start = command.sqe.slba();
      return start < lba + block_count && lba < start + command.sqe.block_count();
    }
    // Several ranges: not worth looking at one by one for as long as a pair takes.
    case IoKind::Discard:
    case IoKind::Copy: return true;
    case IoKind::FlushAll:
    case IoKind::Verify:
    case IoKind::Compare:
    case IoKind::Hint:
    case IoKind::FusedCompare:
    case IoKind::FusedWrite:
    case IoKind::Control: break;
  }
  return false;
}

Verdict judge_ranges(const Command& command, const IoRules& /*rules*/, uint32_t& bad_range) noexcept {
  const uint64_t block_count = command.work.entry->device->block_count();
  if (command.work.kind != IoKind::Copy) {
    return for_each_range<DatasetRange>(command, bad_range, [block_count](const DatasetRange& range) noexcept {
      return is_within(range.slba, range.block_count, block_count) ? Verdict{}
                                                                   : final(StatusCode::LbaOutOfRange, nowhere);
    });
  }
  const uint64_t destination = command.sqe.slba();
  uint64_t sum = 0;
  return for_each_range<CopyRange>(command, bad_range, [&](const CopyRange& range) noexcept {
    const uint64_t count = uint64_t{range.nlb} + 1;
    sum += count;
    if (count > copy_range_blocks_max || sum > copy_blocks_max) {
      return final(StatusCode::CommandSizeLimitExceeded, nowhere);
    }
    if (!is_within(range.slba, count, block_count)) {
      return final(StatusCode::LbaOutOfRange, nowhere);
    }
    return is_within(destination, sum, block_count) ? Verdict{} : final(StatusCode::LbaOutOfRange, AtCdw10);
  });
}

uint64_t copied_blocks(const Command& command, const IoRules& rules) noexcept {
  uint32_t bad_range = 0;
  if (!judge_ranges(command, rules, bad_range).status.is_success()) {
    return 0;
  }
  uint64_t sum = 0;
  static_cast<void>(for_each_range<CopyRange>(command, bad_range, [&sum](const CopyRange& range) noexcept {
    sum += uint64_t{range.nlb} + 1;
    return Verdict{};
  }));
  return sum;
}

Status QueueKeeper::prepare_on_control(Command& command) noexcept {
  uint64_t bytes = 0;
  uint64_t bytes_max = mdts_bytes;
  Direction direction = Direction::ToController;
  switch (static_cast<IoOpcode>(command.sqe.opcode)) {
    case IoOpcode::ReservationRegister:
    case IoOpcode::ReservationAcquire: bytes = 16; break;
    case IoOpcode::ReservationRelease: bytes = 8; break;
    case IoOpcode::ReservationReport:  // NUMD, 0's based
      direction = Direction::ToHost;
      bytes = (uint64_t{command.sqe.cdw10} + 1) * 4;
      break;
    case IoOpcode::Fabrics: {
      const auto type = static_cast<FabricsType>(command.sqe.fctype());
      if (type == FabricsType::Connect) {  // Base 3.3.1: once per queue
        return Status::final(StatusCode::CommandSequenceError);
      }
      if (type != FabricsType::AuthenticationSend && type != FabricsType::AuthenticationReceive) {
        return Status::final(StatusCode::InvalidOpcode);
      }
      direction = type == FabricsType::AuthenticationSend ? Direction::ToController : Direction::ToHost;
      bytes = command.sqe.cdw11;                 // AuthenticationSqe::length
      bytes_max = nvme_auth::message_bytes_max;  // a stranger's: no more buffers than a message can need
      break;
    }
    default: return Status::final(StatusCode::InvalidOpcode);
  }
  if (bytes == 0 || bytes > bytes_max) {
    return Status::final(StatusCode::InvalidField);
  }
  return take_data(command, direction, bytes).status;
}

Status to_status(block::Status status, block::Op op) noexcept {
  const bool is_read = op == block::Op::Read;
  switch (status) {
    case block::Status::Ok: return {};
    // What the layers below could not mend is not mended by the host's asking again: without Do Not Retry a host tries
    // five times, each after a delay.
    case block::Status::IoError:
    case block::Status::Integrity:  // there is no protection information whose guard could be wrong
      return Status::final(is_read ? StatusCode::UnrecoveredReadError : StatusCode::WriteFault);
    case block::Status::OutOfRange: return Status::final(StatusCode::LbaOutOfRange);
    case block::Status::Invalid: return Status::final(StatusCode::InvalidField);
    case block::Status::Unsupported: return Status::final(StatusCode::InvalidOpcode);
    case block::Status::ReadOnly: return Status::final(StatusCode::NamespaceIsWriteProtected);
    case block::Status::NoSpace: return Status::final(StatusCode::CapacityExceeded);
    case block::Status::Miscompare: return Status::final(StatusCode::CompareFailure);
    // The device goes away, here: another path may still have it, so that a host with several takes one of them at
    // once, and a host with one asks again.
    case block::Status::Aborted: return Status::retryable(StatusCode::InternalPathError);
  }
  return Status::final(StatusCode::InternalError);
}

bool is_worth_logging(Status status) noexcept {
  if (status.type() == 3) {
    return false;
  }
  switch (status.code()) {
    case StatusCode::AbortRequested:
    case StatusCode::AbortSqDeletion:
    case StatusCode::AbortFailedFused:
    case StatusCode::AbortMissingFused:
    case StatusCode::AbortedByPreempt:
    case StatusCode::NamespaceNotReady:
    case StatusCode::ReservationConflict:
    case StatusCode::AuthenticationRequired:
    case StatusCode::CompareFailure: return false;
    default: return true;
  }
}

}  // namespace outrigger::nvme
