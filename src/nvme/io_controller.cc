#include "nvme/io_controller.h"

#include "base/check.h"
#include "base/log.h"
#include "core/job.h"
#include "nvme/access_orders.h"
#include "nvme/limits.h"
#include "nvme/nvm_format.h"
#include "nvme/nvm_subsystem.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace outrigger::nvme {

IoController::IoController(NvmSubsystem& subsystem, const ConnectArguments& arguments, uint16_t cntlid,
                           const Authenticator::Options& authentication)
    : Controller(subsystem.control(), ControllerType::Io, arguments, cntlid,
                 // The critical warnings, and what namespaces do.
                 0xFFU | oaes::NamespaceAttribute | oaes::AnaChange, authentication),
      subsystem_(subsystem),
      queues_granted_(subsystem.io_queues_max_at(port_id())) {}

IoController::~IoController() { check(queues_.empty(), "a controller outlives its queues"); }

ConnectOutcome IoController::connect_io(const ConnectArguments& arguments,
                                        const Authenticator::Options& authentication) {
  const uint16_t qid = arguments.qid;
  if (!takes_io_queues()) {
    return nvme::refuse(Status::final(StatusCode::CommandSequenceError));
  }
  if (qid > queues_granted_) {
    return refuse_sqe(offsetof(ConnectSqe, qid));
  }
  // A host may come again before we have noticed that its old connection is gone.
  if (queues_.contains(qid)) {
    return nvme::refuse(Status::retryable(StatusCode::ConnectControllerBusy));
  }
  const size_t core = subsystem_.directory().take_core();
  auto queue = std::make_shared<IoQueue>(IoQueueContext{.name = fmt::format("{} queue {}", name(), qid),
                                                        .qid = qid,
                                                        .control = control(),
                                                        .namespaces = subsystem_.core_namespaces(core),
                                                        .access = subsystem_.access_table(*this),
                                                        .error_log = error_log(),
                                                        .keeper = *this,
                                                        .mdts_bytes = mdts_bytes,
                                                        .limits = subsystem_.limits_at(port_id())});
  AuthenticationOwner& owner = *this;
  queues_.emplace(qid, Entry{.queue = queue,
                             .link = &arguments.request.link,
                             .core = core,
                             .authenticator = std::make_unique<Authenticator>(control(), owner, authentication)});
  return {.status = {}, .result = cntlid(), .queue = std::move(queue)};
}

void IoController::add_orders(AccessOrders& orders, const std::shared_ptr<const AccessTable>& access,
                              const std::optional<FencedNamespaces>& fenced, Unsubmitted unsubmitted) const {
  for (const auto& [qid, entry] : queues_) {
    orders.add(entry.queue, access, fenced, unsubmitted);
  }
}

IoTotals IoController::io_totals() const noexcept {
  IoTotals totals = retained_;
  for (const auto& [qid, entry] : queues_) {
    totals.add(entry.queue->counters());
  }
  return totals;
}

void IoController::namespace_changed(uint32_t nsid) {
  if (!is_ready()) {
    return;
  }
  if (changed_namespaces_.size() < changed_namespaces_max) {
    changed_namespaces_.insert(nsid);
  } else if (!changed_namespaces_.contains(nsid)) {
    has_too_many_changes_ = true;
  }
  raise(AsyncEvent::NamespaceAttribute);
}

Status IoController::prepare_own(Command& command) noexcept {
  switch (static_cast<AdminOpcode>(command.sqe.opcode)) {
    case AdminOpcode::Abort: return {};
    default: return Status::final(StatusCode::InvalidOpcode);
  }
}

void IoController::execute_own(Command& command) noexcept {
  const auto sqid = static_cast<uint16_t>(command.sqe.cdw10 & 0xFFFFU);
  const auto cid = static_cast<uint16_t>(command.sqe.cdw10 >> 16U);
  if (sqid == 0) {
    const bool is_aborted = events().abort(cid);
    command.complete({}, is_aborted ? 0 : 1);
    return;
  }
  const auto found = queues_.find(sqid);
  if (found == queues_.end()) {
    refuse(command, Status::final(StatusCode::InvalidField), 1);
    return;
  }
  if (abort_count_ >= aborts_max) {
    command.complete(Status::retryable(StatusCode::AbortCommandLimitExceeded), 1);
    return;
  }
  core::spawn(abort(&command, found->second.queue, cid));
}

// The admin queue stays until its command has ended, and the controller as long as its admin queue.
core::Job<void> IoController::abort(Command* command, std::shared_ptr<IoQueue> queue, uint16_t cid) {
  IoQueue* const asked = queue.get();
  // Still on the control reactor, where its host authenticates: see AccessOrders::add().
  if (!asked->is_ready()) {
    command->complete({}, asked->abort(cid) ? 0 : 1);
    co_return;
  }
  ++abort_count_;
  auto asking = core::run_on(control(), asked->home(), [asked, cid] { return asked->abort(cid); });
  const bool is_aborted = co_await asking;
  --abort_count_;
  command->complete({}, is_aborted ? 0 : 1);
}

Status IoController::set_number_of_queues(uint32_t value, uint32_t& result) {
  const uint32_t submission = value & 0xFFFFU;
  const uint32_t completion = value >> 16U;
  if (submission == 0xFFFF || completion == 0xFFFF) {
    return Status::final(StatusCode::InvalidField);
  }
  if (!queues_.empty()) {
    return Status::final(StatusCode::CommandSequenceError);
  }
  // Over fabrics a queue is a pair.
  queues_granted_ = static_cast<uint16_t>(
      std::min<uint32_t>(std::min(submission, completion) + 1, subsystem_.io_queues_max_at(port_id())));
  result = number_of_queues();
  return {};
}

uint32_t IoController::number_of_queues() const noexcept {
  return (queues_granted_ - 1U) | (static_cast<uint32_t>(queues_granted_ - 1U) << 16U);
}

bool IoController::has_namespace(uint32_t nsid) const noexcept {
  return subsystem_.find_told(nsid, hostnqn()) != nullptr;
}

bool IoController::is_acceptable(ControllerConfiguration configuration) const noexcept {
  return configuration.iosqes() == 6 && configuration.iocqes() == 4;
}

void IoController::end_io_queues() noexcept {
  if (is_ending() && !queues_.empty()) {
    subsystem_.orphans_begin(*this);
  }
  for (const auto& [qid, entry] : queues_) {
    entry.link->disconnect();
  }
  if (queues_.empty()) {
    io_queues_ended();
  }
}

uint64_t IoController::latest_io_command_ns() const noexcept {
  uint64_t latest_ns = 0;
  for (const auto& [qid, entry] : queues_) {
    latest_ns = std::max(latest_ns, entry.queue->counters().last_command_ns.load(std::memory_order_relaxed));
  }
  return latest_ns;
}

void IoController::forget_settings() noexcept {
  queues_granted_ = subsystem_.io_queues_max_at(port_id());
  changed_namespaces_.clear();
  has_too_many_changes_ = false;
  reservation_log_.clear();
  ana_changes_ = 0;
  ana_group_changes_.clear();
}

uint32_t IoController::reservation_persistence(uint32_t nsid) const noexcept {
  const NvmNamespace* const found = subsystem_.find_told(nsid, hostnqn());
  return found != nullptr && found->reservation.persists() ? 1 : 0;
}

void IoController::set_reservation_persistence(Command& command, bool persists) {
  if (command.sqe.nsid == nsid_all) {
    core::spawn(set_persistence_of_all(&command, persists));
    return;
  }
  if (const Status status = subsystem_.set_reservation_persistence(command.sqe.nsid, persists); !status.is_success()) {
    refuse(command, status);
    return;
  }
  command.complete({});
}

// One namespace a turn and a pause: each is stored, and the reactor has others to serve meanwhile. Namespaces may come
// and go.
core::Job<void> IoController::set_persistence_of_all(Command* command, bool persists) {
  const std::shared_ptr<Controller> self = shared_from_this();
  if (std::exchange(is_setting_persistence_, true)) {
    refuse(*command, Status::retryable(StatusCode::CommandInterrupted));
    co_return;
  }
  Status status;
  uint32_t nsid = 0;
  for (;;) {
    const auto& namespaces = subsystem_.namespaces();
    const auto next = namespaces.upper_bound(nsid);
    if (next == namespaces.end()) {
      break;
    }
    nsid = next->first;
    if (!has_namespace(nsid)) {
      continue;
    }
    status = subsystem_.set_reservation_persistence(nsid, persists);
    if (!status.is_success()) {
      break;
    }
    co_await core::sleep_for(control(), reservation_persistence_pause_ns);
    if (is_ending()) {
      status = Status::retryable(StatusCode::AbortRequested);
      break;
    }
  }
  is_setting_persistence_ = false;
  if (status.is_success()) {
    command->complete({});
  } else {
    refuse(*command, status);
  }
}

bool IoController::may_log_end() noexcept { return subsystem_.may_log_end(); }

void IoController::ended() noexcept { subsystem_.controller_ended(*this); }

std::shared_ptr<const HostSecurity> IoController::security() const { return subsystem_.security_of(hostnqn()); }

void IoController::psk_generated(const nvme_auth::InputPsk& psk) {
  const nvme_auth::Parties names = parties();
  auto made = nvme_auth::derive_tls_psk(psk, nvme_auth::PskVersion::V1, names.hostnqn, names.subnqn);
  if (made.has_value()) {
    subsystem_.directory().generated_psks().add(std::move(*made), names.hostnqn, names.subnqn,
                                                control().clock().now_ns());
  }
}

bool IoController::enter_turn(AuthenticationTurns::Place& place, AuthenticationTurns::Work work) {
  return subsystem_.directory().authentication_turns().enter(peer(), place, std::move(work));
}

// The answer goes out before the connections are told to go.
void IoController::authenticate(const IoQueue& queue, Command& command, Reply reply) {
  const auto found = queues_.find(queue.qid());
  check(found != queues_.end(), "a queue is known until it has closed");
  // The queue, and its authenticator with it, stays until the command has ended.
  Authenticator* const authenticator = found->second.authenticator.get();
  authenticator->execute(command,
                         [self = shared_from_this(), authenticator, reply = std::move(reply)](Status status) mutable {
                           const bool wants_end = authenticator->wants_end();
                           reply(status, 0);
                           if (wants_end) {
                             self->end("the authentication of an I/O queue failed");
                           }
                         });
}

// The controller stays until its queue, and that until its command has ended.
void IoController::execute_on_control(IoQueue& queue, Command& command, Reply reply) {
  switch (static_cast<IoOpcode>(command.sqe.opcode)) {
    case IoOpcode::ReservationRegister:
    case IoOpcode::ReservationReport:
    case IoOpcode::ReservationAcquire:
    case IoOpcode::ReservationRelease: reserve(queue, command, std::move(reply)); return;
    case IoOpcode::Fabrics: authenticate(queue, command, std::move(reply)); return;
    default: reply(Status::final(StatusCode::InvalidOpcode), 0); return;
  }
}

// The host may try again what is beyond the limit: it shall not fill the control reactor (Base 3.3.3.2.1: with Command
// Interrupted, Do Not Retry is clear).
void IoController::reserve(const IoQueue& queue, Command& command, Reply reply) {
  if (reservation_count_ >= reservations_per_controller_max) {
    reply(Status::retryable(StatusCode::CommandInterrupted), 0);
    return;
  }
  ++reservation_count_;
  subsystem_.reserve(shared_from_this(), queue, command,
                     [this, reply = std::move(reply)](Status status, uint64_t result) mutable {
                       --reservation_count_;
                       reply(status, result);
                     });
}

// Feature 82h: bits 1 to 3 keep the host from hearing of notices 1 to 3.
void IoController::tell_reservation(uint32_t nsid, ReservationNotice what) {
  if (!is_ready() || (features().reservation_mask(nsid) & (1U << static_cast<unsigned>(what))) != 0) {
    return;
  }
  reservation_log_.add(nsid, what);
  raise(AsyncEvent::Reservation);
}

bool IoController::is_authenticated(const IoQueue& queue) const noexcept {
  const auto found = queues_.find(queue.qid());
  return found != queues_.end() && found->second.authenticator->is_admitted();
}

void IoController::queue_leaves(IoQueue& queue) noexcept {
  if (const auto found = queues_.find(queue.qid()); found != queues_.end()) {
    found->second.authenticator->give_up();
    subsystem_.give_up_reservations(queue);
  }
}

void IoController::queue_closed(IoQueue& queue) noexcept {
  const auto found = queues_.find(queue.qid());
  check(found != queues_.end() && found->second.queue.get() == &queue, "a queue closes once");
  retained_.add(queue.counters());
  subsystem_.directory().give_back_core(found->second.core);
  // Perhaps the last owners: both stay until this call has returned.
  const std::shared_ptr<IoQueue> kept = std::move(found->second.queue);
  const std::shared_ptr<Controller> self = shared_from_this();
  queues_.erase(found);
  if (queues_.empty()) {
    if (is_ending()) {
      subsystem_.orphans_end(*this);
    }
    io_queues_ended();
  }
}

}  // namespace outrigger::nvme
