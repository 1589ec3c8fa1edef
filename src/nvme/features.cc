#include "nvme/features.h"

#include "nvme/limits.h"

#include <algorithm>

namespace outrigger::nvme {
namespace {

// AB: no limit of commands a queue may start at once.
constexpr uint32_t arbitration_default = 7;
constexpr uint32_t broadcast_nsid = 0xFFFF'FFFF;
// As many queues as there can be, 0's based, of both kinds.
constexpr uint32_t all_queues = (io_queues_max - 1U) | ((io_queues_max - 1U) << 16U);

constexpr std::array<FeatureRow, 13> all_rows{{
    {.id = FeatureId::Arbitration, .default_value = arbitration_default},
    {.id = FeatureId::PowerManagement},
    {.id = FeatureId::TemperatureThreshold, .default_value = Features::temperature_warning},
    {.id = FeatureId::ErrorRecovery, .is_namespace_specific = true},
    {.id = FeatureId::VolatileWriteCache, .has_other_values = false, .default_value = 1},
    {.id = FeatureId::NumberOfQueues, .default_value = all_queues},
    {.id = FeatureId::AsyncEventConfiguration, .is_of_discovery = true},
    {.id = FeatureId::Timestamp, .set_bytes = sizeof(TimestampData), .get_bytes = sizeof(TimestampData)},
    {.id = FeatureId::KeepAliveTimer, .is_of_discovery = true},
    {.id = FeatureId::HostBehavior, .set_bytes = sizeof(HostBehaviorData), .get_bytes = sizeof(HostBehaviorData)},
    {.id = FeatureId::HostIdentifier, .is_changeable = false, .get_bytes = 16},
    {.id = FeatureId::ReservationNotificationMask, .is_namespace_specific = true},
    {.id = FeatureId::ReservationPersistence, .is_namespace_specific = true},
}};

// A value for each namespace. What was set for all of them holds for those that come later, too.
template <typename T>
T value_of(const std::map<uint32_t, T>& values, uint32_t nsid) noexcept {
  auto found = values.find(nsid);
  if (found == values.end()) {
    found = values.find(broadcast_nsid);
  }
  return found == values.end() ? T{0} : found->second;
}

template <typename T>
void set_value_of(std::map<uint32_t, T>& values, uint32_t nsid, T value) {
  if (nsid == broadcast_nsid) {
    values.clear();
  }
  values[nsid] = value;
}

}  // namespace

Features::Features(ControllerType type, uint32_t events) : type_(type), events_supported_(events), events_(events) {
  reset();
}

std::span<const FeatureRow> Features::rows() const noexcept { return all_rows; }

const FeatureRow* Features::find(FeatureId id) const noexcept {
  const auto* const row = std::ranges::find(all_rows, id, &FeatureRow::id);
  return row != all_rows.end() && (type_ == ControllerType::Io || row->is_of_discovery) ? row : nullptr;
}

uint32_t Features::default_value(const FeatureRow& row) const noexcept {
  return row.id == FeatureId::AsyncEventConfiguration ? events_supported_ : row.default_value;
}

void Features::reset() noexcept {
  events_ = events_supported_;
  arbitration_ = arbitration_default;
  threshold_over_ = temperature_warning;
  threshold_under_ = 0;
  error_recovery_.clear();
  reservation_masks_.clear();
  host_behavior = {};
}

uint32_t Features::value(FeatureId id, uint32_t specific, uint32_t nsid) const noexcept {
  switch (id) {
    case FeatureId::Arbitration: return arbitration_;
    case FeatureId::TemperatureThreshold: {
      // Only the composite temperature (TMPSEL 0) has thresholds; bits 21:20 ask for the one over or under.
      const bool is_composite = ((specific >> 16U) & 15U) == 0;
      const uint32_t kind = (specific >> 20U) & 3U;
      return !is_composite ? 0 : kind == 0 ? threshold_over_ : kind == 1 ? threshold_under_ : 0;
    }
    case FeatureId::ErrorRecovery: return value_of(error_recovery_, nsid);
    case FeatureId::VolatileWriteCache: return 1;
    case FeatureId::AsyncEventConfiguration: return events_;
    case FeatureId::ReservationNotificationMask: return reservation_mask(nsid);
    default: return 0;
  }
}

Status Features::set_value(FeatureId id, uint32_t value, uint32_t nsid) {
  switch (id) {
    case FeatureId::Arbitration: arbitration_ = value; return {};
    case FeatureId::PowerManagement:  // there is one power state
      return (value & 0x1FU) == 0 ? Status() : Status::final(StatusCode::InvalidField);
    case FeatureId::TemperatureThreshold: return set_temperature_threshold(value);
    case FeatureId::ErrorRecovery:
      if ((value & (1U << 16U)) != 0) {  // DULBE: we do not know what is deallocated
        return Status::final(StatusCode::InvalidField);
      }
      set_value_of(error_recovery_, nsid, static_cast<uint16_t>(value));
      return {};
    case FeatureId::VolatileWriteCache:  // a device's cache is not ours to switch off
      return (value & 1U) != 0 ? Status() : Status::final(StatusCode::FeatureNotChangeable);
    case FeatureId::AsyncEventConfiguration:
      if ((value & ~events_supported_) != 0) {
        return Status::final(StatusCode::InvalidField);
      }
      events_ = value;
      return {};
    case FeatureId::ReservationNotificationMask:
      set_value_of(reservation_masks_, nsid, static_cast<uint8_t>(value & 0x0EU));
      return {};
    default: return Status::final(StatusCode::InvalidField);
  }
}

uint8_t Features::reservation_mask(uint32_t nsid) const noexcept { return value_of(reservation_masks_, nsid); }

Status Features::set_temperature_threshold(uint32_t value) noexcept {
  const uint32_t sensor = (value >> 16U) & 15U;
  const uint32_t kind = (value >> 20U) & 3U;
  if ((sensor != 0 && sensor != 15) || kind > 1) {  // 15: all sensors
    return Status::final(StatusCode::InvalidField);
  }
  (kind == 0 ? threshold_over_ : threshold_under_) = static_cast<uint16_t>(value & 0xFFFFU);
  return {};
}

}  // namespace outrigger::nvme
