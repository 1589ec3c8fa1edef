// Get Features and Set Features of a controller (Base 2.0, sections 5.15 and 5.27).
#include "nvme/controller.h"
#include "nvme/host_data.h"
#include "nvme/limits.h"

#include <span>

namespace outrigger::nvme {
namespace {

constexpr uint32_t broadcast_nsid = 0xFFFF'FFFF;

}  // namespace

Status Controller::judge_get_features(Command& command) const noexcept {
  const FeatureFields fields(command.sqe);
  const FeatureRow* const row = features_.find(fields.id);
  if (row == nullptr || fields.select > static_cast<uint8_t>(FeatureSelect::Supported)) {
    return Status::final(StatusCode::InvalidField);
  }
  // The identifier of a host over fabrics has 128 bits (EXHID).
  if (fields.id == FeatureId::HostIdentifier && (fields.value & 1U) == 0) {
    return Status::final(StatusCode::HostIdInconsistentFormat);
  }
  const uint32_t nsid = command.sqe.nsid;
  if (row->is_namespace_specific && nsid != 0 && nsid != broadcast_nsid && !has_namespace(nsid)) {
    return Status::final(StatusCode::InvalidNamespaceOrFormat);
  }
  // There is no one value for all namespaces (Base 2.0, 5.27.1.26 and 5.27.1.27).
  const bool is_of_reservations =
      fields.id == FeatureId::ReservationNotificationMask || fields.id == FeatureId::ReservationPersistence;
  if (is_of_reservations && nsid == broadcast_nsid) {
    return Status::final(StatusCode::InvalidField);
  }
  const bool has_data = row->get_bytes != 0 && fields.select != static_cast<uint8_t>(FeatureSelect::Supported);
  return has_data ? wants_data(command, Direction::ToHost, row->get_bytes) : Status();
}

Status Controller::judge_set_features(Command& command) const noexcept {
  const FeatureFields fields(command.sqe);
  const FeatureRow* const row = features_.find(fields.id);
  if (row == nullptr) {
    return Status::final(StatusCode::InvalidField);
  }
  if (fields.saves) {
    return Status::final(StatusCode::FeatureNotSaveable);
  }
  if (fields.id == FeatureId::HostIdentifier) {  // Connect told it (Base 2.0, 5.27.1.25)
    return Status::final(StatusCode::CommandSequenceError);
  }
  if (!row->is_changeable) {
    return Status::final(StatusCode::FeatureNotChangeable);
  }
  const uint32_t nsid = command.sqe.nsid;
  if (nsid != 0 && nsid != broadcast_nsid) {
    if (!has_namespace(nsid)) {
      return Status::final(StatusCode::InvalidNamespaceOrFormat);
    }
    if (!row->is_namespace_specific) {
      return Status::final(StatusCode::FeatureNotNamespaceSpecific);
    }
  }
  return row->set_bytes != 0 ? wants_data(command, Direction::ToController, row->set_bytes) : Status();
}

void Controller::get_features(Command& command) noexcept {
  const FeatureFields fields(command.sqe);
  const FeatureRow& row = *features_.find(fields.id);
  switch (static_cast<FeatureSelect>(fields.select)) {
    case FeatureSelect::Supported:
      command.complete({}, (row.is_changeable && row.has_other_values ? feature_capability::Changeable : 0) |
                               (row.is_namespace_specific ? feature_capability::NamespaceSpecific : 0));
      return;
    case FeatureSelect::Default:
    case FeatureSelect::Saved:  // nothing is saved: the default is what a reset brings back (Base 2.0, 4.2)
      if (fields.id == FeatureId::HostIdentifier) {
        get_feature_data(command, fields.id);
      } else if (row.get_bytes != 0) {
        fill_host_data(command, {});
      }
      command.complete({},
                       fields.id == FeatureId::KeepAliveTimer ? keep_alive_default_ms_ : features_.default_value(row));
      return;
    case FeatureSelect::Current: break;
  }
  switch (fields.id) {
    case FeatureId::NumberOfQueues: command.complete({}, number_of_queues()); return;
    case FeatureId::KeepAliveTimer: command.complete({}, keep_alive_.timeout_ms()); return;
    case FeatureId::ReservationPersistence: command.complete({}, reservation_persistence(command.sqe.nsid)); return;
    case FeatureId::Timestamp:
    case FeatureId::HostBehavior:
    case FeatureId::HostIdentifier:
      get_feature_data(command, fields.id);
      command.complete({});
      return;
    default: command.complete({}, features_.value(fields.id, fields.value, command.sqe.nsid)); return;
  }
}

void Controller::get_feature_data(Command& command, FeatureId id) noexcept {
  if (id == FeatureId::Timestamp) {
    const TimestampData data = timestamp();
    fill_host_data(command, bytes_of(data));
  } else if (id == FeatureId::HostBehavior) {
    fill_host_data(command, bytes_of(features_.host_behavior));
  } else {
    fill_host_data(command, std::as_bytes(std::span(hostid_)));
  }
}

void Controller::set_features(Command& command) noexcept {
  const FeatureFields fields(command.sqe);
  Status status;
  uint32_t result = 0;
  switch (fields.id) {
    case FeatureId::NumberOfQueues: status = set_number_of_queues(fields.value, result); break;
    case FeatureId::KeepAliveTimer: status = set_keep_alive(fields.value); break;
    case FeatureId::ReservationPersistence: set_reservation_persistence(command, (fields.value & 1U) != 0); return;
    case FeatureId::Timestamp: set_timestamp(command); break;
    case FeatureId::HostBehavior: {
      HostBehaviorData data;
      read_host_data(command, std::as_writable_bytes(std::span(&data, 1)));
      if (data.acre > 1 || data.etdas > 1 || data.lbafee > 1) {
        status = Status::final(StatusCode::InvalidField);
      } else {
        features_.host_behavior = data;
      }
      break;
    }
    default: status = features_.set_value(fields.id, fields.value, command.sqe.nsid); break;
  }
  if (!status.is_success()) {
    refuse(command, status);
    return;
  }
  command.complete({}, result);
  if (fields.id == FeatureId::TemperatureThreshold && features_.is_temperature_beyond()) {
    raise(AsyncEvent::Smart);
  }
}

Status Controller::set_keep_alive(uint32_t timeout_ms) noexcept {
  if (timeout_ms > keep_alive_ms_max) {
    return Status::final(StatusCode::KeepAliveTimeoutInvalid);
  }
  keep_alive_.set_timeout(timeout_ms);
  return {};
}

void Controller::set_timestamp(const Command& command) noexcept {
  TimestampData data;
  read_host_data(command, std::as_writable_bytes(std::span(&data, 1)));
  timestamp_base_ms_ = 0;
  for (size_t i = sizeof(data.milliseconds); i-- > 0;) {
    timestamp_base_ms_ = timestamp_base_ms_ << 8U | data.milliseconds[i];
  }
  timestamp_set_ns_ = control_.clock().now_ns();
  is_timestamp_set_ = true;
}

TimestampData Controller::timestamp() const noexcept {
  const uint64_t now_ms = timestamp_base_ms_ + (control_.clock().now_ns() - timestamp_set_ns_) / 1'000'000;
  TimestampData data;
  for (size_t i = 0; i < sizeof(data.milliseconds); ++i) {
    data.milliseconds[i] = static_cast<uint8_t>(now_ms >> (8 * i));
  }
  data.attributes = is_timestamp_set_ ? 1U << 1U : 0U;
  return data;
}

}  // namespace outrigger::nvme
