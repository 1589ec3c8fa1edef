// The Fabrics commands of an admin queue: properties, and what setting them does (Base 2.0, sections 3.1.3, 3.5, 3.6).
#include "nvme/controller.h"
#include "nvme/fabrics_format.h"
#include "nvme/io_queue.h"
#include "nvme/limits.h"

#include <bit>
#include <optional>

namespace outrigger::nvme {
namespace {

struct PropertyRow {
  Property property;
  uint8_t size_attribute;  // 0: four bytes, 1: eight
};

std::optional<PropertyRow> find_property(uint32_t offset) noexcept {
  switch (static_cast<Property>(offset)) {
    case Property::Cap: return PropertyRow{Property::Cap, 1};
    case Property::Vs:
    case Property::Cc:
    case Property::Csts:
    case Property::Nssr:
    case Property::Crto: return PropertyRow{static_cast<Property>(offset), 0};
  }
  return std::nullopt;
}

}  // namespace

Status Controller::judge_fabrics(Command& command) const noexcept {
  const auto type = static_cast<FabricsType>(command.sqe.fctype());
  if (type == FabricsType::AuthenticationSend || type == FabricsType::AuthenticationReceive) {
    return QueueKeeper::prepare_on_control(command);
  }
  if (type == FabricsType::Connect) {
    return Status::final(StatusCode::CommandSequenceError);  // it is connected
  }
  if (!is_authenticated()) {
    return Status::final(StatusCode::AuthenticationRequired);
  }
  switch (type) {
    case FabricsType::PropertyGet: {
      const auto sqe = std::bit_cast<PropertySqe>(command.sqe);
      const auto row = find_property(sqe.offset);
      return row && row->size_attribute == (sqe.attributes & 7U) ? Status() : Status::final(StatusCode::InvalidField);
    }
    case FabricsType::PropertySet: {
      // CC is all that can be set: we have no subsystem reset, and CSTS.NSSRO is never set.
      const auto sqe = std::bit_cast<PropertySqe>(command.sqe);
      const bool is_cc = static_cast<Property>(uint32_t{sqe.offset}) == Property::Cc && (sqe.attributes & 7U) == 0;
      return is_cc ? Status() : Status::final(StatusCode::InvalidField);
    }
    case FabricsType::Connect:
    case FabricsType::AuthenticationSend:
    case FabricsType::AuthenticationReceive:
    case FabricsType::Disconnect: break;  // Disconnect is for I/O queues
  }
  return Status::final(StatusCode::InvalidOpcode);
}

void Controller::execute_fabrics(Command& command) noexcept {
  switch (static_cast<FabricsType>(command.sqe.fctype())) {
    case FabricsType::PropertyGet: get_property(command); return;
    case FabricsType::AuthenticationSend:
    case FabricsType::AuthenticationReceive: authenticate(command); return;
    default: break;
  }
  configure(static_cast<uint32_t>(uint64_t{std::bit_cast<PropertySqe>(command.sqe).value}));
  command.complete({});
}

void Controller::authenticate(Command& command) noexcept {
  authenticator_.execute(command, [self = shared_from_this(), &command](Status status) {
    if (status.is_success()) {
      command.complete({});
    } else {
      self->refuse(command, status);
    }
    if (self->authenticator_.wants_end()) {
      self->end("its authentication failed");
    }
  });
}

void Controller::get_property(Command& command) noexcept {
  const auto sqe = std::bit_cast<PropertySqe>(command.sqe);
  uint64_t value = 0;
  switch (static_cast<Property>(uint32_t{sqe.offset})) {
    case Property::Cap: value = controller_capabilities(queue_entries_max); break;
    case Property::Vs: value = version_2_0_0; break;
    case Property::Cc: value = configuration_.bits; break;
    case Property::Csts: value = status_.bits(); break;
    case Property::Crto: value = controller_ready_timeouts; break;
    case Property::Nssr: break;
  }
  command.complete({}, value);
}

void Controller::configure(uint32_t value) noexcept {
  const ControllerConfiguration before = configuration_;
  configuration_ = {value & 0x00FF'FFF1U};  // what is not reserved
  if (is_ending_) {
    return;
  }
  if (!before.is_enabled() && configuration_.is_enabled()) {
    enable();
  } else if (before.is_enabled() && !configuration_.is_enabled()) {
    disable();
  }
  if (before.shn() == 0 && configuration_.shn() != 0) {
    shut_down();
  }
}

void Controller::enable() noexcept {
  // A host that does not wait for CSTS.RDY to go to 0 does what is undefined; nor do we know other pages, command sets
  // and arbitrations (Base 2.0, figure 46).
  if (is_resetting_ || status_.is_fatal || configuration_.mps() != 0 || configuration_.css() != 0 ||
      configuration_.ams() != 0 || !is_acceptable(configuration_)) {
    become_fatal();
    return;
  }
  if (association_timer_.is_armed()) {
    control_.cancel(association_timer_);
  }
  status_ = {.is_ready = true};
  keep_alive_.start();
}

void Controller::disable() noexcept {
  keep_alive_.stop();
  events_.complete_all(Status::retryable(StatusCode::AbortRequested));
  events_.reset();
  error_log_.rearm();
  features_.reset();
  keep_alive_.set_timeout(keep_alive_default_ms_);
  forget_settings();
  is_timestamp_set_ = false;
  timestamp_base_ms_ = 0;
  timestamp_set_ns_ = control_.clock().now_ns();
  status_.is_fatal = false;
  status_.shutdown = ShutdownState::None;
  is_resetting_ = true;
  wait_for_host();
  end_io_queues();
}

void Controller::shut_down() noexcept {
  keep_alive_.stop();
  status_.shutdown = ShutdownState::Occurring;
  wait_for_host();
  end_io_queues();
}

void Controller::become_fatal() noexcept {
  status_.is_fatal = true;
  status_.is_ready = false;
}

// Not enabled: the association is kept for a while.
void Controller::wait_for_host() {
  if (association_timer_.is_armed()) {
    control_.cancel(association_timer_);
  }
  control_.arm(association_timer_, control_.clock().now_ns() + association_ms_max * 1'000'000ULL);
}

}  // namespace outrigger::nvme
