// The whole table of statuses, and that there is no status without a verdict.
#include "nvme_host/remote_status.h"

#include <gtest/gtest.h>

#include <vector>

namespace outrigger::nvme_host {
namespace {

using nvme::StatusCode;
using Block = block::Status;

struct Row {
  uint16_t code;
  Block status;
  Retry retry;
  Ran ran = Ran::Perhaps;
};

constexpr uint16_t of(StatusCode code) { return static_cast<uint16_t>(code); }

std::vector<Row> table() {
  return {
      {of(StatusCode::Success), Block::Ok, Retry::Never},
      {of(StatusCode::InvalidOpcode), Block::Unsupported, Retry::Never, Ran::Not},
      {of(StatusCode::InvalidField), Block::Invalid, Retry::Never, Ran::Not},
      {of(StatusCode::CommandIdConflict), Block::IoError, Retry::Later, Ran::Not},
      {of(StatusCode::DataTransferError), Block::IoError, Retry::Later},
      {0x005, Block::IoError, Retry::Later},  // aborted due to power loss notification
      {of(StatusCode::InternalError), Block::IoError, Retry::Later},
      {of(StatusCode::AbortRequested), Block::IoError, Retry::Later},
      {of(StatusCode::AbortSqDeletion), Block::IoError, Retry::Path},
      {of(StatusCode::AbortFailedFused), Block::IoError, Retry::Later, Ran::Not},
      {of(StatusCode::AbortMissingFused), Block::IoError, Retry::Later, Ran::Not},
      {of(StatusCode::InvalidNamespaceOrFormat), Block::IoError, Retry::Later, Ran::Not},
      {of(StatusCode::CommandSequenceError), Block::IoError, Retry::Never, Ran::Not},
      {of(StatusCode::InvalidSglSegmentDescriptor), Block::IoError, Retry::Never},
      {of(StatusCode::InvalidSglDescriptorCount), Block::IoError, Retry::Never},
      {of(StatusCode::DataSglLengthInvalid), Block::IoError, Retry::Never},
      {of(StatusCode::MetadataSglLengthInvalid), Block::IoError, Retry::Never},
      {of(StatusCode::SglDescriptorTypeInvalid), Block::IoError, Retry::Never},
      {0x014, Block::Invalid, Retry::Never},  // atomic write unit exceeded
      {of(StatusCode::SglOffsetInvalid), Block::IoError, Retry::Never},
      {of(StatusCode::KeepAliveTimerExpired), Block::IoError, Retry::Path},
      {of(StatusCode::AbortPreemptAndAbort), Block::IoError, Retry::Never},
      {of(StatusCode::SanitizeFailed), Block::IoError, Retry::Never},
      {0x01D, Block::IoError, Retry::Never, Ran::Not},  // sanitize in progress
      {of(StatusCode::SglDataBlockGranularityInvalid), Block::IoError, Retry::Never},
      {of(StatusCode::NamespaceIsWriteProtected), Block::ReadOnly, Retry::Never, Ran::Not},
      {of(StatusCode::CommandInterrupted), Block::IoError, Retry::Later},
      {of(StatusCode::TransientTransportError), Block::IoError, Retry::Later},
      {of(StatusCode::LbaOutOfRange), Block::OutOfRange, Retry::Never, Ran::Not},
      {of(StatusCode::CapacityExceeded), Block::NoSpace, Retry::Never},
      {of(StatusCode::NamespaceNotReady), Block::IoError, Retry::Later, Ran::Not},
      {of(StatusCode::ReservationConflict), Block::IoError, Retry::Never, Ran::Not},
      {0x084, Block::IoError, Retry::Later, Ran::Not},  // format in progress
      {of(StatusCode::InvalidQueueIdentifier), Block::IoError, Retry::Never},
      {of(StatusCode::ConflictingAttributes), Block::Invalid, Retry::Never},
      {of(StatusCode::InvalidProtectionInformation), Block::IoError, Retry::Never},
      {of(StatusCode::WriteToReadOnlyRange), Block::ReadOnly, Retry::Never},
      {of(StatusCode::CommandSizeLimitExceeded), Block::Invalid, Retry::Never},
      {of(StatusCode::WriteFault), Block::IoError, Retry::Never},
      {of(StatusCode::UnrecoveredReadError), Block::IoError, Retry::Never},
      {of(StatusCode::GuardCheckError), Block::Integrity, Retry::Never},
      {0x283, Block::Integrity, Retry::Never},
      {0x284, Block::Integrity, Retry::Never},
      {of(StatusCode::CompareFailure), Block::Miscompare, Retry::Never, Ran::Not},
      {of(StatusCode::AccessDenied), Block::IoError, Retry::Never},
      {of(StatusCode::InternalPathError), Block::IoError, Retry::Path},
      {of(StatusCode::AnaPersistentLoss), Block::IoError, Retry::Path, Ran::Not},
      {of(StatusCode::AnaInaccessible), Block::IoError, Retry::Path, Ran::Not},
      {of(StatusCode::AnaTransition), Block::IoError, Retry::Path, Ran::Not},
      {of(StatusCode::ControllerPathingError), Block::IoError, Retry::Path},
      {of(StatusCode::HostPathingError), Block::IoError, Retry::Path, Ran::MayYet},
      {of(StatusCode::HostAborted), Block::IoError, Retry::Path, Ran::MayYet},
      {0x37F, Block::IoError, Retry::Path, Ran::MayYet},
      {0x380, Block::IoError, Retry::Path},
      {0x7C0, Block::IoError, Retry::Later},  // vendor specific
  };
}

TEST(RemoteStatus, every_row_of_the_table) {
  for (const Row& row : table()) {
    const Verdict verdict = verdict_of(nvme::Status::of_bits(row.code));
    EXPECT_EQ(verdict.status, row.status) << std::hex << row.code;
    EXPECT_EQ(verdict.retry, row.retry) << std::hex << row.code;
    EXPECT_EQ(verdict.ran, row.ran) << std::hex << row.code;
  }
}

TEST(RemoteStatus, do_not_retry_is_obeyed_and_changes_nothing_else) {
  for (const Row& row : table()) {
    const Verdict verdict = verdict_of(nvme::Status::of_bits(static_cast<uint16_t>(row.code | 1U << 14U)));
    EXPECT_EQ(verdict.status, row.status) << std::hex << row.code;
    EXPECT_EQ(verdict.retry, Retry::Never) << std::hex << row.code;
  }
}

TEST(RemoteStatus, nothing_but_success_is_ok_and_media_errors_are_never_retried) {
  for (uint32_t bits = 0; bits < (1U << 15U); ++bits) {
    const auto status = nvme::Status::of_bits(static_cast<uint16_t>(bits));
    const Verdict verdict = verdict_of(status);
    EXPECT_EQ(verdict.status == Block::Ok, status.is_success()) << bits;
    if (status.is_success() || status.type() == 2) {
      EXPECT_EQ(verdict.retry, Retry::Never) << bits;
    }
    if (status.type() == 3 && !status.is_final()) {
      EXPECT_EQ(verdict.retry, Retry::Path) << bits;
    }
  }
}

}  // namespace
}  // namespace outrigger::nvme_host
