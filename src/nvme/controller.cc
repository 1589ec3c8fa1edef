#include "nvme/controller.h"

#include "base/check.h"
#include "base/log.h"
#include "nvme/error_location.h"
#include "nvme/host_data.h"
#include "nvme/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>

namespace outrigger::nvme {
namespace {

// Information of asynchronous events (Base 2.0, figures 146 ff.).
uint8_t event_information(AsyncEvent event) noexcept {
  switch (event) {
    case AsyncEvent::Error: return 0x04;  // transient internal error
    case AsyncEvent::Smart: return 0x01;  // temperature threshold
    case AsyncEvent::NamespaceAttribute: return 0x00;
    case AsyncEvent::AnaChange: return 0x03;
    case AsyncEvent::Reservation: return 0x00;
    case AsyncEvent::DiscoveryChange: return 0xF0;
  }
  return 0;
}

// The bit of the feature that lets an event through; 0: nothing masks it.
uint32_t event_bit(AsyncEvent event) noexcept {
  switch (event) {
    case AsyncEvent::Smart: return 1U << 1U;  // temperature, as in the critical warnings
    case AsyncEvent::NamespaceAttribute: return oaes::NamespaceAttribute;
    case AsyncEvent::AnaChange: return oaes::AnaChange;
    case AsyncEvent::DiscoveryChange: return oaes::DiscoveryChange;
    case AsyncEvent::Error:
    case AsyncEvent::Reservation: return 0;
  }
  return 0;
}

}  // namespace

Controller::Controller(core::Reactor& control, ControllerType type, const ConnectArguments& arguments, uint16_t cntlid,
                       uint32_t events, const Authenticator::Options& authentication)
    : control_(control),
      type_(type),
      cntlid_(cntlid),
      subnqn_(arguments.subnqn),
      hostnqn_(arguments.hostnqn),
      hostid_(arguments.hostid),
      peer_(arguments.request.peer),
      port_id_(arguments.request.port.id),
      is_secure_(!arguments.request.tls_identity.empty()),
      name_(fmt::format("{} controller {}", arguments.subnqn, cntlid)),
      admin_link_(&arguments.request.link),
      authenticator_(control, *this, authentication),
      features_(type, events),
      keep_alive_(control, *this) {
  association_timer_.owner = this;
  association_timer_.fire = [](core::Timer& timer) noexcept {
    static_cast<Controller*>(timer.owner)->end("the host did not enable it in time");
  };
  set_default_keep_alive(arguments.keep_alive_ms);
  timestamp_set_ns_ = control_.clock().now_ns();
  wait_for_host();
}

Controller::~Controller() {
  check(admin_link_ == nullptr, "a controller outlives its queues");
  if (association_timer_.is_armed()) {
    control_.cancel(association_timer_);
  }
}

void Controller::end(std::string_view why) noexcept {
  if (is_ending_) {
    return;
  }
  is_ending_ = true;
  end_ns_ = control_.clock().now_ns();
  if (may_log_end()) {
    log::info("nvme", "{}: host {} at {} ends: {}", name_, hostnqn_, peer_, why);
  }
  keep_alive_.stop();
  if (association_timer_.is_armed()) {
    control_.cancel(association_timer_);
  }
  if (admin_link_ != nullptr) {
    admin_link_->disconnect();
  }
  end_io_queues();
}

void Controller::raise(AsyncEvent event) noexcept {
  const uint32_t bit = event_bit(event);
  if (is_ready() && (bit == 0 || (features_.enabled_events() & bit) != 0)) {
    events_.raise(event, event_information(event));
  }
}

void Controller::raise_error() noexcept {
  if (is_ready()) {
    raise(AsyncEvent::Error);
  } else {
    error_log_.rearm();
  }
}

Status Controller::prepare(Command& command) noexcept {
  latest_admin_command_ns_ = control_.clock().now_ns();
  const Status status = judge(command);
  return status.is_success() ? status : note_error(command, status);
}

Status Controller::judge(Command& command) noexcept {
  const Sqe& sqe = command.sqe;
  // Base 2.0, 3.3.3.1: over fabrics every command says SGL; the admin commands are never fused.
  if (sqe.psdt() != 1 || sqe.fuse() != Fuse::Normal) {
    return Status::final(StatusCode::InvalidField);
  }
  if (static_cast<AdminOpcode>(sqe.opcode) == AdminOpcode::Fabrics) {
    return judge_fabrics(command);
  }
  if (!is_authenticated()) {
    return Status::final(StatusCode::AuthenticationRequired);
  }
  if (!is_ready()) {
    return Status::final(StatusCode::CommandSequenceError);
  }
  switch (static_cast<AdminOpcode>(sqe.opcode)) {
    case AdminOpcode::Identify: return wants_data(command, Direction::ToHost, identify_bytes);
    case AdminOpcode::GetLogPage: return judge_get_log(command);
    case AdminOpcode::GetFeatures: return judge_get_features(command);
    case AdminOpcode::SetFeatures: return judge_set_features(command);
    case AdminOpcode::AsyncEventRequest:
    case AdminOpcode::KeepAlive: return {};
    default: return prepare_own(command);
  }
}

void Controller::execute(Command& command) noexcept {
  switch (static_cast<AdminOpcode>(command.sqe.opcode)) {
    case AdminOpcode::Fabrics: execute_fabrics(command); return;
    case AdminOpcode::Identify: {
      std::vector<std::byte> data;
      const Status status = identify(command.sqe, data);
      if (!status.is_success()) {
        refuse(command, status);
        return;
      }
      fill_host_data(command, data);
      command.complete({});
      return;
    }
    case AdminOpcode::GetLogPage: get_log(command); return;
    case AdminOpcode::GetFeatures: get_features(command); return;
    case AdminOpcode::SetFeatures: set_features(command); return;
    case AdminOpcode::AsyncEventRequest:
      if (is_ending_ || admin_link_ == nullptr) {
        command.complete(Status::retryable(StatusCode::AbortRequested));
      } else {
        events_.add(command);
      }
      return;
    case AdminOpcode::KeepAlive:
      keep_alive_.restart();
      command.complete({});
      return;
    default: execute_own(command); return;
  }
}

Status Controller::prepare_own(Command&) noexcept { return Status::final(StatusCode::InvalidOpcode); }

void Controller::execute_own(Command& command) noexcept { command.complete(Status::final(StatusCode::InvalidOpcode)); }

bool Controller::has_namespace(uint32_t) const noexcept { return false; }

Status Controller::set_number_of_queues(uint32_t, uint32_t&) { return Status::final(StatusCode::InvalidField); }

void Controller::expedite() noexcept {
  events_.complete_all(Status::retryable(StatusCode::AbortSqDeletion));
  authenticator_.give_up();
}

void Controller::admin_queue_closed() noexcept {
  events_.complete_all(Status::retryable(StatusCode::AbortSqDeletion));
  admin_link_ = nullptr;
  end("its admin queue closed");
  maybe_ended();
}

void Controller::io_queues_ended() noexcept {
  if (is_resetting_) {
    is_resetting_ = false;
    status_.is_ready = false;
  }
  if (status_.shutdown == ShutdownState::Occurring) {
    status_.shutdown = ShutdownState::Complete;
  }
  maybe_ended();
}

void Controller::maybe_ended() noexcept {
  if (is_ending_ && !has_ended_ && admin_link_ == nullptr && !has_io_queues()) {
    has_ended_ = true;
    ended();
  }
}

Status Controller::judge_get_log(Command& command) const noexcept {
  const GetLogPageFields fields(command.sqe);
  const Status status = judge_log(fields, command.sqe);
  if (!status.is_success()) {
    return status;
  }
  // No log page of ours is read by index (Base 2.0, figure 197: OT); offsets are of whole dwords.
  if (fields.is_offset_index || (fields.offset & 3U) != 0 || fields.bytes > mdts_bytes) {
    return Status::final(StatusCode::InvalidField);
  }
  return wants_data(command, Direction::ToHost, static_cast<uint32_t>(fields.bytes));
}

void Controller::get_log(Command& command) noexcept {
  const GetLogPageFields fields(command.sqe);
  const std::vector<std::byte>* const kept = kept_log_page(fields);
  const std::vector<std::byte> made = kept == nullptr ? log_page(fields) : std::vector<std::byte>();
  const std::span<const std::byte> page = kept == nullptr ? made : *kept;
  if (fields.offset > page.size()) {
    refuse(command, Status::final(StatusCode::InvalidField));
    return;
  }
  fill_host_data(command, page, fields.offset);
  if (!fields.retains_event) {
    log_page_read(static_cast<LogPage>(fields.page));
  }
  command.complete({});
}

std::vector<std::byte> Controller::error_page() {
  std::array<ErrorLogEntry, error_log_entries> entries;
  error_log_.rearm();
  error_log_.read(entries);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(entries));
  return {bytes.begin(), bytes.end()};
}

Status Controller::note_error(const Command& command, Status status) noexcept {
  const bool is_event = error_log_.add({.cid = command.sqe.cid,
                                        .status = status.with_more(),
                                        .location = error_location(command.sqe, status, features_),
                                        .nsid = command.sqe.nsid});
  if (is_event) {
    raise_error();
  }
  return status.with_more();
}

void Controller::fill_identity(IdentifyController& identity) const noexcept {
  identity.cntlid = cntlid_;
  identity.ver = version_2_0_0;
  identity.cntrltype = static_cast<uint8_t>(type_);
  identity.mdts = static_cast<uint8_t>(std::bit_width(mdts_bytes / 4096U) - 1);
  identity.aerl = async_events_max - 1;
  identity.elpe = error_log_entries - 1;
  identity.kas = keep_alive_granularity_100ms;
  identity.sgls = 1U | (1U << 20U) | (1U << 21U);
  identity.ioccsz = (sizeof(Sqe) + in_capsule_bytes_max) / 16;
  identity.iorcsz = sizeof(Cqe) / 16;
  identity.msdbd = 1;
  std::copy(subnqn_.begin(), subnqn_.end(), identity.subnqn);
}

uint64_t Controller::latest_command_ns() const noexcept {
  return std::max(latest_admin_command_ns_, latest_io_command_ns());
}

void Controller::keep_alive_expired() noexcept {
  // No command's: FFFFh for both identifiers. And no event: the association ends.
  static_cast<void>(
      error_log_.add({.sqid = 0xFFFF, .cid = 0xFFFF, .status = Status::final(StatusCode::KeepAliveTimerExpired)}));
  become_fatal();
  end("no command came within the keep alive time-out");
}

}  // namespace outrigger::nvme
