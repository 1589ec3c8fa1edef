// Features and their fields on the wire (NVM Express Base Specification 2.0, section 5.27.1).
#pragma once

#include "base/endian.h"
#include "nvme/entry.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme {

enum class FeatureId : uint8_t {
  Arbitration = 0x01,
  PowerManagement = 0x02,
  TemperatureThreshold = 0x04,
  ErrorRecovery = 0x05,
  VolatileWriteCache = 0x06,
  NumberOfQueues = 0x07,
  AsyncEventConfiguration = 0x0B,
  Timestamp = 0x0E,
  KeepAliveTimer = 0x0F,
  HostBehavior = 0x16,
  HostIdentifier = 0x81,
  ReservationNotificationMask = 0x82,
  ReservationPersistence = 0x83,
};

enum class FeatureSelect : uint8_t { Current = 0, Default = 1, Saved = 2, Supported = 3 };

// Of the result when the capabilities are asked for.
namespace feature_capability {
inline constexpr uint32_t Saveable = 1;
inline constexpr uint32_t NamespaceSpecific = 2;
inline constexpr uint32_t Changeable = 4;
}  // namespace feature_capability

struct TimestampData {
  uint8_t milliseconds[6]{};  // little endian
  uint8_t attributes = 0;     // bits 3:1 origin: 0 since the reset, 1 set by the host
  uint8_t reserved7 = 0;
};
static_assert(sizeof(TimestampData) == 8);

struct HostBehaviorData {
  uint8_t acre = 0, etdas = 0, lbafee = 0;
  uint8_t reserved3[509]{};
};
static_assert(sizeof(HostBehaviorData) == 512);

// Fields of Set Features and Get Features.
struct FeatureFields {
  explicit FeatureFields(const Sqe& sqe) noexcept
      : id(static_cast<FeatureId>(sqe.cdw10 & 0xFFU)),
        select(static_cast<uint8_t>((sqe.cdw10 >> 8U) & 7U)),
        saves((sqe.cdw10 & (1U << 31U)) != 0),
        value(sqe.cdw11) {}
  FeatureId id;
  uint8_t select;  // FeatureSelect, Get Features only
  bool saves;      // SV, Set Features only
  uint32_t value;
};

}  // namespace outrigger::nvme
