#include "nvme_host/remote_status.h"

namespace outrigger::nvme_host {
namespace {

using nvme::StatusCode;
using Block = block::Status;

// Status code types (NVM Express Base Specification 2.0, figure 95).
enum Type : uint8_t { Generic = 0, CommandSpecific = 1, Media = 2, Path = 3 };

// Codes that nvme/status.h has no name for, because our target never reports them.
constexpr uint16_t format_in_progress = 0x084;
constexpr uint16_t sanitize_in_progress = 0x01D;
constexpr uint16_t atomic_write_unit_exceeded = 0x014;
constexpr uint16_t application_tag_check_error = 0x283;
constexpr uint16_t reference_tag_check_error = 0x284;

Verdict generic(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::Success: return {Block::Ok, Retry::Never};
    case StatusCode::InvalidOpcode: return {Block::Unsupported, Retry::Never};
    case StatusCode::InvalidField: return {Block::Invalid, Retry::Never};
    case StatusCode::InvalidSglSegmentDescriptor:
    case StatusCode::InvalidSglDescriptorCount:
    case StatusCode::DataSglLengthInvalid:
    case StatusCode::MetadataSglLengthInvalid:
    case StatusCode::SglDescriptorTypeInvalid:
    case StatusCode::SglOffsetInvalid:
    case StatusCode::SglDataBlockGranularityInvalid:
    case StatusCode::CommandSequenceError:
    case StatusCode::AbortPreemptAndAbort:
    case StatusCode::SanitizeFailed:
    case StatusCode::ReservationConflict: return {Block::IoError, Retry::Never};
    case StatusCode::NamespaceIsWriteProtected: return {Block::ReadOnly, Retry::Never};
    case StatusCode::LbaOutOfRange: return {Block::OutOfRange, Retry::Never};
    case StatusCode::CapacityExceeded: return {Block::NoSpace, Retry::Never};
    case StatusCode::AbortSqDeletion:
    case StatusCode::KeepAliveTimerExpired: return {Block::IoError, Retry::Path};
    default: break;
  }
  switch (static_cast<uint16_t>(code)) {
    case atomic_write_unit_exceeded: return {Block::Invalid, Retry::Never};
    case sanitize_in_progress: return {Block::IoError, Retry::Never};  // hours, on every path
    case format_in_progress: return {Block::IoError, Retry::Later};
    default: break;
  }
  // Internal Error, Command Interrupted, Namespace Not Ready, Data Transfer Error, Transient Transport Error (one
  // command's data digest: the connection is well, TCP Transport 1.0, 3.3.1), aborts, … and what a later revision
  // adds: without Do Not Retry they are worth a try.
  return {Block::IoError, Retry::Later};
}

Verdict command_specific(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::ConflictingAttributes:
    case StatusCode::CommandSizeLimitExceeded: return {Block::Invalid, Retry::Never};
    case StatusCode::WriteToReadOnlyRange: return {Block::ReadOnly, Retry::Never};
    default: return {Block::IoError, Retry::Never};
  }
}

Verdict media(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::CompareFailure: return {Block::Miscompare, Retry::Never};
    case StatusCode::GuardCheckError: return {Block::Integrity, Retry::Never};
    default: break;
  }
  const auto number = static_cast<uint16_t>(code);
  const bool is_integrity = number == application_tag_check_error || number == reference_tag_check_error;
  return {is_integrity ? Block::Integrity : Block::IoError, Retry::Never};
}

// Codes 00h to 5Fh are about the path within the subsystem, 60h to 6Fh found by the controller: it answered and has
// done with the command. 70h to 7Fh are the host's own: nobody answered.
Verdict path_related(StatusCode code) noexcept {
  const uint16_t number = static_cast<uint16_t>(code) & 0xFFU;
  return {Block::IoError, Retry::Path, number >= 0x70 && number < 0x80};
}

Verdict without_dnr(nvme::Status status) noexcept {
  switch (status.type()) {
    case Generic: return generic(status.code());
    case CommandSpecific: return command_specific(status.code());
    case Media: return media(status.code());
    case Path: return path_related(status.code());
    default: return {Block::IoError, Retry::Later};  // reserved and vendor specific
  }
}

}  // namespace

Verdict verdict_of(nvme::Status status) noexcept {
  Verdict verdict = without_dnr(status);
  // Do Not Retry holds for every controller of the subsystem (figure 94).
  if (status.is_final()) {
    verdict.retry = Retry::Never;
  }
  return verdict;
}

}  // namespace outrigger::nvme_host
