// Log pages as they are on the wire (NVM Express Base Specification 2.0, section 5.16.1). The error information log is
// in error_log.h, the discovery log in fabrics_format.h.
#pragma once

#include "base/endian.h"
#include "nvme/entry.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme {

enum class LogPage : uint8_t {
  Supported = 0x00,
  ErrorInformation = 0x01,
  Smart = 0x02,
  FirmwareSlot = 0x03,
  ChangedNamespaces = 0x04,
  CommandEffects = 0x05,
  Ana = 0x0C,
  FeatureEffects = 0x12,
  ManagementEffects = 0x13,
  Discovery = 0x70,
  ReservationNotification = 0x80,
};

// LID Supported and Effects, a dword a log page.
struct SupportedLogPages {
  le32 page[256];  // bit 0: supported
};
static_assert(sizeof(SupportedLogPages) == 1024);

struct SmartLog {
  uint8_t critical_warning = 0;  // bit 1: temperature
  le16 temperature;              // Kelvin
  uint8_t available_spare = 0, available_spare_threshold = 0, percentage_used = 0;
  uint8_t endurance_group = 0;
  uint8_t reserved7[25]{};
  le64 data_units_read[2], data_units_written[2];  // thousands of 512 bytes, rounded up
  le64 host_reads[2], host_writes[2];
  le64 controller_busy_minutes[2];
  le64 power_cycles[2], power_on_hours[2], unsafe_shutdowns[2];
  le64 media_errors[2];
  le64 error_log_entries[2];
  le32 warning_temperature_minutes, critical_temperature_minutes;
  le16 temperature_sensor[8];
  uint8_t reserved216[296]{};
};
static_assert(sizeof(SmartLog) == 512 && offsetof(SmartLog, data_units_read) == 32);
static_assert(offsetof(SmartLog, controller_busy_minutes) == 96 && offsetof(SmartLog, media_errors) == 160);
static_assert(offsetof(SmartLog, temperature_sensor) == 200);

struct FirmwareSlotLog {
  uint8_t afi = 0;  // bits 2:0: the active slot
  uint8_t reserved1[7]{};
  char frs[7][8]{};
  uint8_t reserved64[448]{};
};
static_assert(sizeof(FirmwareSlotLog) == 512 && offsetof(FirmwareSlotLog, frs) == 8);

inline constexpr uint32_t changed_namespaces_log_bytes = 4096;

namespace effect {  // of a command or a feature
inline constexpr uint32_t Supported = 1U << 0U;
inline constexpr uint32_t ChangesData = 1U << 1U;
inline constexpr uint32_t NamespaceScope = 1U << 20U;
inline constexpr uint32_t ControllerScope = 1U << 21U;
}  // namespace effect

struct CommandEffectsLog {
  le32 admin[256];
  le32 io[256];
  uint8_t reserved[2048]{};
};
static_assert(sizeof(CommandEffectsLog) == 4096);

struct FeatureEffectsLog {
  le32 feature[256];
};
static_assert(sizeof(FeatureEffectsLog) == 1024);

// NVMe-MI commands; as long as all 1024 entries of 4 bytes, of which 256 are defined.
struct ManagementEffectsLog {
  le32 command[256];
  uint8_t reserved[3072]{};
};
static_assert(sizeof(ManagementEffectsLog) == 4096);

struct AnaLogHeader {
  le64 change_count;
  le16 group_count;
  uint8_t reserved10[6]{};
};
static_assert(sizeof(AnaLogHeader) == 16);

// Followed by the identifiers of the group's namespaces, a dword each.
struct AnaGroupDescriptor {
  le32 group;
  le32 namespace_count;
  le64 change_count;
  uint8_t state = 0;  // AnaState
  uint8_t reserved17[15]{};
};
static_assert(sizeof(AnaGroupDescriptor) == 32 && offsetof(AnaGroupDescriptor, state) == 16);

struct ReservationNotificationLog {
  le64 log_page_count;
  uint8_t type = 0;  // 0: empty
  uint8_t available_count = 0;
  uint8_t reserved10[2]{};
  le32 nsid;
  uint8_t reserved16[48]{};
};
static_assert(sizeof(ReservationNotificationLog) == 64 && offsetof(ReservationNotificationLog, nsid) == 12);

// Fields of a Get Log Page command.
struct GetLogPageFields {
  explicit GetLogPageFields(const Sqe& sqe) noexcept
      : page(static_cast<uint8_t>(sqe.cdw10 & 0xFFU)),
        specific(static_cast<uint8_t>((sqe.cdw10 >> 8U) & 0x7FU)),
        retains_event((sqe.cdw10 & (1U << 15U)) != 0),
        bytes((((sqe.cdw10 >> 16U) | (static_cast<uint64_t>(sqe.cdw11 & 0xFFFFU) << 16U)) + 1) * 4),
        offset(sqe.cdw12 | (static_cast<uint64_t>(sqe.cdw13) << 32U)),
        is_offset_index((sqe.cdw14 & (1U << 23U)) != 0),
        command_set(static_cast<uint8_t>(sqe.cdw14 >> 24U)) {}
  uint8_t page;        // LID
  uint8_t specific;    // LSP
  bool retains_event;  // RAE
  uint64_t bytes;      // NUMD
  uint64_t offset;     // LPO
  bool is_offset_index;
  uint8_t command_set;
};

}  // namespace outrigger::nvme
