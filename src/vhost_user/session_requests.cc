// What each request of the front end means. Everything here only notes what was said and never waits;
// RingSet::settle() then brings the device in line.
#include "vhost_user/session.h"

#include "base/check.h"

#include <cstring>

namespace outrigger::vhost_user {

template <typename T>
Session::Reply Session::reply_with(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(ConfigDescription));
  Reply reply;
  std::memcpy(reply.payload.data(), &value, sizeof(T));
  reply.payload_bytes = sizeof(T);
  reply.is_present = true;
  return reply;
}
template Session::Reply Session::reply_with(const uint64_t&);
template Session::Reply Session::reply_with(const VringState&);

Result<Session::Reply> Session::apply(Message& message) {
  switch (message.request) {
    case RequestId::GetFeatures:
    case RequestId::SetFeatures:
    case RequestId::GetProtocolFeatures:
    case RequestId::SetProtocolFeatures:
    case RequestId::GetQueueNum: return apply_features(message);
    case RequestId::SetMemTable:
    case RequestId::GetMaxMemSlots:
    case RequestId::AddMemReg:
    case RequestId::RemMemReg: return apply_memory(message);
    case RequestId::SetLogBase:
    case RequestId::SetLogFd: return apply_log(message);
    case RequestId::SetVringNum:
    case RequestId::SetVringAddr:
    case RequestId::SetVringBase:
    case RequestId::GetVringBase:
    case RequestId::SetVringEnable: return apply_vring(message);
    case RequestId::SetVringKick:
    case RequestId::SetVringCall:
    case RequestId::SetVringErr: return apply_vring_fd(message);
    case RequestId::GetConfig:
    case RequestId::SetConfig:
    case RequestId::SetBackendReqFd: return apply_config(message);
    case RequestId::GetInflightFd:
    case RequestId::SetInflightFd: return apply_inflight(message);
    case RequestId::SetOwner: return Reply();  // the connection itself is the ownership
    case RequestId::ResetOwner:
    case RequestId::ResetDevice:
    case RequestId::SetStatus:
    case RequestId::GetStatus: return apply_status(message);
  }
  return fail(Code::Unimplemented, "not known here");
}

uint64_t Session::offered_features() const noexcept {
  return device_.features() | feature::LogAll | feature::ProtocolFeatures;
}

RingForm Session::ring_form() const noexcept {
  return (features_ & feature::RingPacked) != 0 ? RingForm::Packed : RingForm::Split;
}

RingSet::Surroundings Session::surroundings() const {
  const bool is_logging = (features_ & feature::LogAll) != 0;
  return {.memory = {.memory = memory_.memory(), .dirty_log = is_logging ? dirty_log_ : nullptr},
          .inflight = &inflight_,
          .form = ring_form(),
          .may_run = has_features_};
}

Result<uint16_t> Session::ring_index(uint32_t index) const {
  if (index >= rings_.count()) {
    return fail(Code::OutOfRange, "there is no ring {}; this device has {}", index, rings_.count());
  }
  return static_cast<uint16_t>(index);
}

Result<Session::Reply> Session::apply_features(Message& message) {
  switch (message.request) {
    case RequestId::GetFeatures: return reply_with(offered_features());
    case RequestId::GetProtocolFeatures: return reply_with(offered_protocol_features);
    case RequestId::GetQueueNum: return reply_with(static_cast<uint64_t>(device_.queue_count_max()));
    case RequestId::SetFeatures: OR_TRY(set_features(std::get<uint64_t>(message.payload))); break;
    case RequestId::SetProtocolFeatures: OR_TRY(set_protocol_features(std::get<uint64_t>(message.payload))); break;
    default: check(false, "not about features");
  }
  return Reply();
}

Result<void> Session::set_features(uint64_t features) {
  if (const uint64_t unknown = features & ~offered_features(); unknown != 0) {
    return fail(Code::InvalidArgument, "feature bits {:#x} were not offered", unknown);
  }
  constexpr uint64_t transport_bits = feature::LogAll | feature::ProtocolFeatures;
  const uint64_t changed = features ^ features_;
  if ((changed & ~transport_bits) != 0 || !has_features_) {
    if (rings_.is_any_running()) {
      return fail(Code::FailedPrecondition, "features {:#x} cannot change while rings run", changed & ~transport_bits);
    }
    device_.set_features(features & ~transport_bits);
  }
  if (!has_features_ && !has_asked_config_) {
    device_.restore_choice(std::nullopt);  // until an in-flight region or the front end says better
  }
  features_ = features;
  has_features_ = true;
  if ((features & feature::ProtocolFeatures) == 0) {
    // "the back-end must enable all rings immediately" (vhost-user, "Ring states").
    rings_.enable_all();
  }
  return {};
}

Result<void> Session::set_protocol_features(uint64_t features) {
  if (const uint64_t unknown = features & ~offered_protocol_features; unknown != 0) {
    return fail(Code::InvalidArgument, "protocol feature bits {:#x} were not offered", unknown);
  }
  protocol_features_ = features;
  return {};
}

Result<Session::Reply> Session::apply_memory(Message& message) {
  switch (message.request) {
    case RequestId::GetMaxMemSlots: return reply_with(memory_slots_max);
    case RequestId::SetMemTable: {
      const auto& table = std::get<MemoryTableDescription>(message.payload);
      OR_TRY(memory_.set(std::span(table.regions).first(table.region_count),
                         std::span(message.fds.fds).first(message.fds.count)));
      break;
    }
    case RequestId::AddMemReg:
      OR_TRY(memory_.add(std::get<SingleRegionDescription>(message.payload).region, message.fds.fds[0]));
      break;
    case RequestId::RemMemReg: OR_TRY(memory_.remove(std::get<SingleRegionDescription>(message.payload).region)); break;
    default: check(false, "not about memory");
  }
  return Reply();
}

Result<Session::Reply> Session::apply_log(Message& message) {
  if (message.request == RequestId::SetLogFd) {
    // It would tell the front end that the log changed; nobody needs that, and the specification leaves it to
    // us.
    return Reply();
  }
  const auto* log = std::get_if<LogDescription>(&message.payload);
  if (log == nullptr || message.fds.count != 1 || !has(ProtocolFeature::LogShmfd)) {
    return fail(Code::FailedPrecondition, "a dirty log must come as shared memory (protocol feature LOG_SHMFD)");
  }
  if (log->mmap_size > dirty_log_bytes_max) {
    return fail(Code::OutOfRange, "a dirty log of {} bytes; at most {} are possible", log->mmap_size,
                dirty_log_bytes_max);
  }
  OR_ASSIGN(auto mapping,
            SharedMapping::create(message.fds.fds[0], log->mmap_offset, log->mmap_size, broken_, "the dirty log"));
  const auto bitmap = mapping->bytes();
  dirty_log_ = std::make_shared<virtio::DirtyLog>(bitmap, std::move(mapping));
  return reply_with(uint64_t{0});
}

Result<Session::Reply> Session::apply_vring(Message& message) {
  if (const auto* address = std::get_if<VringAddress>(&message.payload); address != nullptr) {
    OR_ASSIGN(const uint16_t index, ring_index(address->index));
    if ((address->flags & ~VringAddress::flag_log) != 0) {
      return fail(Code::InvalidArgument, "ring {} has unknown flags {:#x}", index, address->flags);
    }
    rings_.set_address(index, *address);
    return Reply();
  }
  const auto& state = std::get<VringState>(message.payload);
  OR_ASSIGN(const uint16_t index, ring_index(state.index));
  switch (message.request) {
    case RequestId::SetVringNum: OR_TRY(rings_.set_size(index, state.num)); break;
    case RequestId::SetVringBase: OR_TRY(rings_.set_base(index, state.num)); break;
    case RequestId::GetVringBase: rings_.set_stopped(index); break;
    case RequestId::SetVringEnable:
      if (state.num > 1) {
        return fail(Code::InvalidArgument, "ring {} can be enabled (1) or disabled (0), not {}", index, state.num);
      }
      rings_.set_enabled(index, state.num == 1);
      break;
    default: check(false, "not about a ring");
  }
  return Reply();
}

Result<Session::Reply> Session::apply_vring_fd(Message& message) {
  const auto& which = std::get<VringFd>(message.payload);
  OR_ASSIGN(const uint16_t index, ring_index(which.index));
  UniqueFd fd = std::move(message.fds.fds[0]);
  switch (message.request) {
    case RequestId::SetVringKick: OR_TRY(rings_.set_kick(index, std::move(fd))); break;
    case RequestId::SetVringCall: OR_TRY(rings_.set_call(index, std::move(fd))); break;
    case RequestId::SetVringErr: OR_TRY(rings_.set_error(index, std::move(fd))); break;
    default: check(false, "not a ring's descriptor");
  }
  return Reply();
}

Result<Session::Reply> Session::apply_config(Message& message) {
  if (message.request == RequestId::SetBackendReqFd) {
    channel_ =
        std::make_unique<BackendChannel>(control_, std::move(message.fds.fds[0]), has(ProtocolFeature::ReplyAck));
    return Reply();
  }
  auto& config = std::get<ConfigDescription>(message.payload);
  const auto bytes = std::span(config.bytes).first(config.header.size);
  if (message.request == RequestId::SetConfig) {
    OR_TRY(device_.write_config(config.header.offset, bytes));
    return Reply();
  }
  device_.read_config(config.header.offset, bytes);
  has_asked_config_ = true;
  is_config_notice_due_ = false;
  Reply reply = reply_with(config);
  reply.payload_bytes = message.payload_bytes;  // the front end expects the length that it sent
  return reply;
}

Result<Session::Reply> Session::apply_inflight(Message& message) {
  auto description = std::get<InflightDescription>(message.payload);
  if (message.request == RequestId::SetInflightFd) {
    if (rings_.is_any_running()) {
      return fail(Code::FailedPrecondition, "the in-flight region cannot change while rings run");
    }
    OR_ASSIGN(inflight_, InflightRegion::adopt(description, message.fds.fds[0], broken_));
    if (const auto choice = inflight_.choice(); choice.has_value()) {
      device_.restore_choice(choice);
    }
    return Reply();
  }
  if (description.queue_count > device_.queue_count_max() || description.queue_size > device_.queue_size_max()) {
    return fail(Code::OutOfRange, "an in-flight region for {} queues of {}; this device has {} of {}",
                description.queue_count, description.queue_size, device_.queue_count_max(), device_.queue_size_max());
  }
  OR_ASSIGN(UniqueFd fd, InflightRegion::allocate(description, ring_form()));
  Reply reply = reply_with(description);
  reply.payload_bytes = message.payload_bytes;
  reply.fd = std::move(fd);
  return reply;
}

Result<Session::Reply> Session::apply_status(Message& message) {
  switch (message.request) {
    case RequestId::GetStatus: return reply_with(status_);
    case RequestId::SetStatus: {
      const uint64_t status = std::get<uint64_t>(message.payload);
      if (status > 0xFF) {
        return fail(Code::InvalidArgument, "device status {:#x} does not fit its eight bits", status);
      }
      status_ = status;
      if (status == 0) {
        rings_.set_all_stopped();
      }
      return Reply();
    }
    case RequestId::ResetDevice:
      // Memory, the channel and the protocol features belong to the connection and stay.
      rings_.reset_all();
      status_ = 0;
      return Reply();
    case RequestId::ResetOwner:
      // Deprecated: "use it to disable all rings".
      for (uint16_t i = 0; i < rings_.count(); ++i) {
        rings_.set_enabled(i, false);
      }
      return Reply();
    default: check(false, "not about the device's status");
  }
  return Reply();
}

}  // namespace outrigger::vhost_user
