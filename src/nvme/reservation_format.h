// The reservation commands' data on the wire (NVM Express Base Specification 2.0, sections 7.2 to 7.5) and the
// reservation notification log page (5.16.1.24).
#pragma once

#include "base/endian.h"
#include "nvme/entry.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme {

// RTYPE.
enum class ReservationType : uint8_t {
  None = 0,
  WriteExclusive = 1,
  ExclusiveAccess = 2,
  WriteExclusiveRegistrantsOnly = 3,
  ExclusiveAccessRegistrantsOnly = 4,
  WriteExclusiveAllRegistrants = 5,
  ExclusiveAccessAllRegistrants = 6,
};

enum class RegisterAction : uint8_t { Register = 0, Unregister = 1, Replace = 2 };       // RREGA
enum class AcquireAction : uint8_t { Acquire = 0, Preempt = 1, PreemptAndAbort = 2 };    // RACQA
enum class ReleaseAction : uint8_t { Release = 0, Clear = 1 };                           // RRELA
enum class PersistChange : uint8_t { None = 0, Reserved = 1, Disable = 2, Enable = 3 };  // CPTPL

// What is none of these is reserved.
constexpr bool is_type(ReservationType type) noexcept {
  return type >= ReservationType::WriteExclusive && type <= ReservationType::ExclusiveAccessAllRegistrants;
}
constexpr bool is_action(RegisterAction action) noexcept { return action <= RegisterAction::Replace; }
constexpr bool is_action(AcquireAction action) noexcept { return action <= AcquireAction::PreemptAndAbort; }
constexpr bool is_action(ReleaseAction action) noexcept { return action <= ReleaseAction::Clear; }

// CDW10 of the three commands that change something.
struct ReservationFields {
  explicit ReservationFields(const Sqe& sqe) noexcept
      : action(static_cast<uint8_t>(sqe.cdw10 & 7U)),
        ignores_key((sqe.cdw10 & 8U) != 0),
        type(static_cast<ReservationType>((sqe.cdw10 >> 8U) & 0xFFU)),
        persist(static_cast<PersistChange>(sqe.cdw10 >> 30U)) {}
  uint8_t action;
  bool ignores_key;       // IEKEY: Register's
  ReservationType type;   // Acquire's and Release's
  PersistChange persist;  // Register's
};

struct RegisterData {
  le64 crkey;
  le64 nrkey;
};
struct AcquireData {
  le64 crkey;
  le64 prkey;
};
struct ReleaseData {
  le64 crkey;
};
static_assert(sizeof(RegisterData) == 16 && sizeof(AcquireData) == 16 && sizeof(ReleaseData) == 8);

// Reservation Report with the extended data structure, the only one that holds our 128 bit host identifiers.
struct ReservationStatusHeader {
  le32 generation;
  uint8_t rtype = 0;
  le16 registered_controllers;
  uint8_t reserved7[2]{};
  uint8_t ptpls = 0;
  uint8_t reserved10[54]{};
};
static_assert(sizeof(ReservationStatusHeader) == 64 && offsetof(ReservationStatusHeader, ptpls) == 9);

struct RegisteredController {
  le16 cntlid;        // FFFFh: the host has no controller now
  uint8_t rcsts = 0;  // bit 0: holds the reservation
  uint8_t reserved3[5]{};
  le64 rkey;
  uint8_t hostid[16]{};
  uint8_t reserved32[32]{};
};
static_assert(sizeof(RegisteredController) == 64 && offsetof(RegisteredController, rkey) == 8);
static_assert(offsetof(RegisteredController, hostid) == 16);

// Reservation notification log page type.
enum class ReservationNotice : uint8_t {
  Empty = 0,
  RegistrationPreempted = 1,
  ReservationReleased = 2,
  ReservationPreempted = 3,
};

}  // namespace outrigger::nvme
