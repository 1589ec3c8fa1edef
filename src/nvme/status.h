// Status: how a command ended, as the status field of a completion says it: status code type, status code, and the bits
// beside them (NVM Express Base Specification 2.0, 3.3.3.2.1 and figures 94 to 101).
#pragma once

#include <cstdint>

namespace outrigger::nvme {

// Status code type in bits 10:8, status code in bits 7:0.
enum class StatusCode : uint16_t {
  // Generic command status
  Success = 0x000,
  InvalidOpcode = 0x001,
  InvalidField = 0x002,
  CommandIdConflict = 0x003,
  DataTransferError = 0x004,
  InternalError = 0x006,
  AbortRequested = 0x007,
  AbortSqDeletion = 0x008,
  AbortFailedFused = 0x009,
  AbortMissingFused = 0x00A,
  InvalidNamespaceOrFormat = 0x00B,
  CommandSequenceError = 0x00C,
  InvalidSglSegmentDescriptor = 0x00D,
  InvalidSglDescriptorCount = 0x00E,
  DataSglLengthInvalid = 0x00F,
  MetadataSglLengthInvalid = 0x010,
  SglDescriptorTypeInvalid = 0x011,
  SglOffsetInvalid = 0x016,
  HostIdInconsistentFormat = 0x018,
  KeepAliveTimerExpired = 0x019,
  KeepAliveTimeoutInvalid = 0x01A,
  AbortedByPreempt = 0x01B,
  AbortPreemptAndAbort = 0x01B,
  SanitizeFailed = 0x01C,
  SglDataBlockGranularityInvalid = 0x01E,
  NamespaceIsWriteProtected = 0x020,
  CommandInterrupted = 0x021,
  TransientTransportError = 0x022,
  LbaOutOfRange = 0x080,
  CapacityExceeded = 0x081,
  NamespaceNotReady = 0x082,
  ReservationConflict = 0x083,

  // Command specific status
  InvalidQueueIdentifier = 0x101,
  InvalidQueueSize = 0x102,
  AbortCommandLimitExceeded = 0x103,
  AsyncEventRequestLimitExceeded = 0x105,
  InvalidFirmwareSlot = 0x106,
  InvalidLogPage = 0x109,
  InvalidFormat = 0x10A,
  FeatureNotSaveable = 0x10D,
  FeatureNotChangeable = 0x10E,
  FeatureNotNamespaceSpecific = 0x10F,
  NamespaceAlreadyAttached = 0x118,
  NamespaceNotAttached = 0x11A,
  InvalidControllerIdentifier = 0x11F,
  IoCommandSetNotSupported = 0x129,
  ConflictingAttributes = 0x180,  // Dataset Management
  InvalidProtectionInformation = 0x181,
  WriteToReadOnlyRange = 0x182,
  CommandSizeLimitExceeded = 0x183,  // Copy, Dataset Management
  // the same type, Fabrics commands
  ConnectIncompatibleFormat = 0x180,
  ConnectControllerBusy = 0x181,
  ConnectInvalidParameters = 0x182,
  ConnectRestartDiscovery = 0x183,
  ConnectInvalidHost = 0x184,
  DiscoveryRestart = 0x190,
  AuthenticationRequired = 0x191,

  // Media and data integrity errors
  WriteFault = 0x280,
  UnrecoveredReadError = 0x281,
  GuardCheckError = 0x282,
  CompareFailure = 0x285,
  AccessDenied = 0x286,

  // Path related status
  InternalPathError = 0x300,
  AnaPersistentLoss = 0x301,
  AnaInaccessible = 0x302,
  AnaTransition = 0x303,
  ControllerPathingError = 0x360,
  HostPathingError = 0x370,
  HostAborted = 0x371,
};

// The status field without the phase tag: SC in bits 7:0, SCT in 10:8, CRD in 12:11, More in 13, DNR in 14.
class Status {
 public:
  constexpr Status() noexcept = default;  // success
  // Whether a command is worth retrying is said where it is refused: see retryable() and final().
  static constexpr Status of_bits(uint16_t bits) noexcept { return Status(bits); }
  // The host may try again: no Do Not Retry bit.
  static constexpr Status retryable(StatusCode code) noexcept { return Status(static_cast<uint16_t>(code)); }
  // Trying the same again gives the same: Do Not Retry is set.
  static constexpr Status final(StatusCode code) noexcept {
    return Status(static_cast<uint16_t>(static_cast<uint16_t>(code) | dnr_bit));
  }

  [[nodiscard]] constexpr StatusCode code() const noexcept { return static_cast<StatusCode>(bits_ & 0x7FFU); }
  [[nodiscard]] constexpr uint8_t type() const noexcept { return static_cast<uint8_t>((bits_ >> 8U) & 7U); }
  [[nodiscard]] constexpr bool is_success() const noexcept { return (bits_ & 0x7FFU) == 0; }
  // Do Not Retry.
  [[nodiscard]] constexpr bool is_final() const noexcept { return (bits_ & dnr_bit) != 0; }
  // Index into the controller's Command Retry Delay Times; 0: at once.
  [[nodiscard]] constexpr uint8_t retry_delay_index() const noexcept {
    return static_cast<uint8_t>((bits_ >> 11U) & 3U);
  }
  // There is more about it in the error information log page.
  [[nodiscard]] constexpr Status with_more() const noexcept { return Status(static_cast<uint16_t>(bits_ | more_bit)); }
  [[nodiscard]] constexpr uint16_t bits() const noexcept { return bits_; }

  friend constexpr bool operator==(Status, Status) noexcept = default;

 private:
  static constexpr uint16_t more_bit = 1U << 13U;
  static constexpr uint16_t dnr_bit = 1U << 14U;
  constexpr explicit Status(uint16_t bits) noexcept : bits_(bits) {}
  uint16_t bits_ = 0;
};
static_assert(sizeof(Status) == 2);

}  // namespace outrigger::nvme
