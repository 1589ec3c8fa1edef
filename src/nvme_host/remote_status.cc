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

// Base 2.0, figures 96 and 97: which statuses say that a command was turned away before it was processed. An internal
// error, an abort, an interruption or a transfer that broke may come in the middle of it.
Ran ran_of_generic(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::InvalidOpcode:
    case StatusCode::InvalidField:
    case StatusCode::CommandIdConflict:
    case StatusCode::AbortFailedFused:
    case StatusCode::AbortMissingFused:
    case StatusCode::InvalidNamespaceOrFormat:
    case StatusCode::CommandSequenceError:
    case StatusCode::NamespaceIsWriteProtected:
    case StatusCode::LbaOutOfRange:
    case StatusCode::NamespaceNotReady:
    case StatusCode::ReservationConflict: return Ran::Not;
    default: break;
  }
  const auto number = static_cast<uint16_t>(code);
  return number == format_in_progress || number == sanitize_in_progress ? Ran::Not : Ran::Perhaps;
}

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
    case StatusCode::CompareFailure: return {Block::Miscompare, Retry::Never, Ran::Not};
    case StatusCode::GuardCheckError: return {Block::Integrity, Retry::Never};
    default: break;
  }
  const auto number = static_cast<uint16_t>(code);
  const bool is_integrity = number == application_tag_check_error || number == reference_tag_check_error;
  return {is_integrity ? Block::Integrity : Block::IoError, Retry::Never};
}

// Codes 00h to 5Fh are about the path within the subsystem, 60h to 6Fh found by the controller: it answered and has
// done with the command. 70h to 7Fh are the host's own: nobody answered. Where the ANA state forbids a command it is
// not performed (8.1.3).
Verdict path_related(StatusCode code) noexcept {
  const uint16_t number = static_cast<uint16_t>(code) & 0xFFU;
  const bool is_ana =
      code == StatusCode::AnaPersistentLoss || code == StatusCode::AnaInaccessible || code == StatusCode::AnaTransition;
  const bool is_unanswered = number >= 0x70 && number < 0x80;
  return {Block::IoError, Retry::Path, is_ana ? Ran::Not : is_unanswered ? Ran::MayYet : Ran::Perhaps};
}

Verdict without_dnr(nvme::Status status) noexcept {
  switch (status.type()) {
    case Generic: {
      Verdict verdict = generic(status.code());
      verdict.ran = ran_of_generic(status.code());
      return verdict;
    }
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
