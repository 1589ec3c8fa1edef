// NvmSubsystem: the reservation commands of its hosts (NVM Express Base Specification 2.0, sections 7.2 to 7.5). A
// change is stored, then known to every I/O queue of every controller, then acknowledged: so it holds when its command
// completes.
#include "base/log.h"
#include "nvme/host_data.h"
#include "nvme/limits.h"
#include "nvme/nvm_subsystem.h"
#include "nvme/reservation_store.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace outrigger::nvme {
namespace {

template <typename T>
T data_of(const Command& command) noexcept {
  T data;
  read_host_data(command, std::as_writable_bytes(std::span(&data, 1)));
  return data;
}

Reservation::Outcome change(Reservation& reservation, const HostId& host, const Command& command) {
  const ReservationFields fields(command.sqe);
  switch (static_cast<IoOpcode>(command.sqe.opcode)) {
    case IoOpcode::ReservationRegister:
      return reservation.register_host(host, static_cast<RegisterAction>(fields.action), fields.ignores_key,
                                       fields.persist, data_of<RegisterData>(command));
    case IoOpcode::ReservationAcquire:
      if (!fields.ignores_key) {
        return reservation.acquire(host, static_cast<AcquireAction>(fields.action), fields.type,
                                   data_of<AcquireData>(command));
      }
      break;
    case IoOpcode::ReservationRelease:
      if (!fields.ignores_key) {
        return reservation.release(host, static_cast<ReleaseAction>(fields.action), fields.type,
                                   data_of<ReleaseData>(command));
      }
      break;
    default: break;
  }
  // The key can be ignored by Register alone.
  return {.status = Status::final(StatusCode::InvalidField)};
}

bool is_preempt_and_abort(const Command& command) noexcept {
  return static_cast<IoOpcode>(command.sqe.opcode) == IoOpcode::ReservationAcquire &&
         static_cast<AcquireAction>(ReservationFields(command.sqe).action) == AcquireAction::PreemptAndAbort;
}

std::set<HostId> preempted(const Reservation::Outcome& outcome, const HostId& by) {
  std::set<HostId> hosts;
  for (const Reservation::Notice& notice : outcome.notices) {
    if (notice.what != ReservationNotice::ReservationReleased && notice.host != by) {
      hosts.insert(notice.host);
    }
  }
  return hosts;
}

}  // namespace

const NvmNamespace* NvmSubsystem::find_reservable(uint32_t nsid, const Controller& controller) const {
  const auto found = namespaces_.find(nsid);
  const bool is_there =
      found != namespaces_.end() && found->second.is_open && found->second.is_visible_to(controller.hostnqn());
  return is_there ? &found->second : nullptr;
}

// Changes of one namespace's reservation take turns: each makes a table for every controller, and a message for every
// queue, which no host shall have us do for thousands of its commands at a time.
void NvmSubsystem::reserve(std::shared_ptr<Controller> controller, const IoQueue& queue, Command& command,
                           QueueKeeper::Reply reply) {
  const uint32_t nsid = command.sqe.nsid;
  const NvmNamespace* const found = find_reservable(nsid, *controller);
  if (found == nullptr) {
    reply(Status::final(StatusCode::InvalidNamespaceOrFormat), 0);
    return;
  }
  if (static_cast<IoOpcode>(command.sqe.opcode) == IoOpcode::ReservationReport) {
    reply(report_reservation(*found, command), 0);
    return;
  }
  const auto [at, is_first] = reservation_lines_.try_emplace(nsid);
  if (at->second.waiting.size() >= reservations_waiting_max) {
    reply(Status::retryable(StatusCode::CommandInterrupted), 0);
    return;
  }
  at->second.waiting.push_back(
      {.controller = std::move(controller), .queue = &queue, .command = &command, .reply = std::move(reply)});
  if (is_first) {
    core::spawn(serve_reservations(nsid));
  }
}

// They wait for others' turns, and for what others have at work: neither their host nor who ends its association shall
// wait for that, too. The queue goes when they are answered: nobody looks at them after that.
void NvmSubsystem::give_up_reservations(const IoQueue& queue) {
  const Status gone = Status::retryable(StatusCode::AbortSqDeletion);
  std::vector<ReservationOrder> given_up;
  for (auto& [nsid, line] : reservation_lines_) {
    for (ReservationOrder& order : line.turn) {
      if (order.queue == &queue && order.reply) {
        order.queue = nullptr;
        std::exchange(order.reply, nullptr)(gone, 0);
      }
    }
    for (ReservationOrder& order : std::exchange(line.waiting, {})) {
      if (order.queue == &queue) {
        given_up.push_back(std::move(order));
      } else {
        line.waiting.push_back(std::move(order));
      }
    }
  }
  for (ReservationOrder& order : given_up) {
    order.reply(gone, 0);
  }
}

core::Job<void> NvmSubsystem::serve_reservations(uint32_t nsid) {
  const JobCount count(*this);
  for (;;) {
    ReservationLine& line = reservation_lines_.at(nsid);
    std::deque<ReservationOrder>& waiting = line.waiting;
    std::vector<ReservationOrder>& orders = line.turn;
    while (!waiting.empty() && orders.size() < reservations_per_turn_max) {
      orders.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
    if (orders.empty()) {
      reservation_lines_.erase(nsid);
      co_return;
    }
    const ReservationTurn turn = take_turn(nsid, orders);
    if (turn.is_changed) {
      // Until all cores know, and what they had let through has ended. With Preempt and Abort, what has not reached a
      // device ends at once.
      AccessOrders tables(control());
      add_orders(tables, nsid, [&turn](const IoController& controller) {
        return turn.aborted.contains(controller.hostid()) ? Unsubmitted::AreAborted : Unsubmitted::GoOn;
      });
      co_await tables;
    }
    for (ReservationOrder& order : orders) {
      tell_reservation(nsid, order.notices);
      if (order.reply) {
        order.reply(order.status, 0);
      }
    }
    orders.clear();
    if (!waiting.empty()) {
      auto pause = core::run_on(control(), control(), [] { return std::monostate(); });  // others' turn
      co_await pause;
    }
  }
}

// All of them are stored together, in the order in which they came.
NvmSubsystem::ReservationTurn NvmSubsystem::take_turn(uint32_t nsid, std::span<ReservationOrder> orders) {
  ReservationTurn turn;
  const auto found = namespaces_.find(nsid);
  Reservation next = found == namespaces_.end() ? Reservation() : found->second.reservation;
  for (ReservationOrder& order : orders) {
    const HostId& host = order.controller->hostid();
    if (find_reservable(nsid, *order.controller) == nullptr) {
      order.status = Status::final(StatusCode::InvalidNamespaceOrFormat);
      continue;
    }
    Reservation candidate = next;
    Reservation::Outcome outcome = change(candidate, host, *order.command);
    order.status = outcome.status;
    if (!outcome.status.is_success() || !outcome.is_changed) {
      continue;
    }
    if (candidate.persists() && options_.reservation_store == nullptr) {
      order.status = Status::final(StatusCode::InvalidField);
      continue;
    }
    if (is_preempt_and_abort(*order.command)) {
      turn.aborted.merge(preempted(outcome, host));
    }
    order.notices = std::move(outcome.notices);
    next = std::move(candidate);
    turn.is_changed = true;
  }
  if (!turn.is_changed) {
    return turn;
  }
  if (const Status stored = store_reservation(found->second, next); !stored.is_success()) {
    // Nothing has happened, also where one was judged by what another one before it had done.
    for (ReservationOrder& order : orders) {
      order.status = stored;
      order.notices.clear();
    }
    return {};
  }
  found->second.reservation = std::move(next);
  if (may_log()) {
    log::info("nvme", "{}: namespace {}: reservation type {}, {} registrants, generation {} (by host {})", options_.nqn,
              nsid, static_cast<int>(found->second.reservation.type()), found->second.reservation.registrants().size(),
              found->second.reservation.generation(), orders.front().controller->hostnqn());
  }
  return turn;
}

HostControllers<> NvmSubsystem::host_controllers() const {
  std::vector<HostController> found;
  found.reserve(controllers_.size());
  for (const auto& [cntlid, controller] : controllers_) {
    found.push_back({.host = controller->hostid(), .cntlid = cntlid});
  }
  return HostControllers<>(std::move(found));
}

void NvmSubsystem::tell_reservation(uint32_t nsid, std::span<const Reservation::Notice> notices) {
  if (notices.empty()) {
    return;
  }
  const HostControllers<> by_host = host_controllers();
  for (const Reservation::Notice& notice : notices) {
    for (const HostController& each : by_host.of(notice.host)) {
      if (IoController* const controller = find_controller(each.cntlid); controller != nullptr) {
        controller->tell_reservation(nsid, notice.what);
      }
    }
  }
}

// What does not persist is not kept, and what was kept goes when it does not persist any more.
Status NvmSubsystem::store_reservation(const NvmNamespace& nvm_namespace, const Reservation& next) {
  if (options_.reservation_store == nullptr) {
    return next.persists() ? Status::final(StatusCode::InvalidField) : Status();
  }
  if (!next.persists() && !nvm_namespace.reservation.persists()) {
    return {};
  }
  const auto saved =
      options_.reservation_store->save(nvm_namespace.options.uuid, next.persists() ? next.stored() : std::string());
  if (!saved.has_value()) {
    log::error("nvme", "{}: namespace {}: its reservation cannot be stored, so it does not change: {}", options_.nqn,
               nvm_namespace.options.nsid, saved.error().what);
    return Status::retryable(StatusCode::InternalError);
  }
  return {};
}

// Before hosts see the namespace. What cannot be read keeps the namespace away: nobody knows whom it would have kept
// out.
Result<void> NvmSubsystem::restore_reservation(NvmNamespace& nvm_namespace) const {
  if (options_.reservation_store == nullptr) {
    return {};
  }
  OR_ASSIGN(const std::string bytes, options_.reservation_store->load(nvm_namespace.options.uuid));
  OR_ASSIGN(nvm_namespace.reservation, Reservation::restored(bytes));
  return {};
}

Status NvmSubsystem::report_reservation(const NvmNamespace& nvm_namespace, Command& command) const {
  // EDS: our host identifiers have 128 bits, which only the extended structure holds.
  if ((command.sqe.cdw11 & 1U) == 0) {
    return Status::final(StatusCode::HostIdInconsistentFormat);
  }
  const Reservation& reservation = nvm_namespace.reservation;
  const HostControllers<> by_host = host_controllers();
  std::vector<RegisteredController> entries;
  for (const auto& [host, registrant] : reservation.registrants()) {
    RegisteredController entry;
    entry.cntlid = 0xFFFF;
    entry.rcsts = registrant.is_holder ? 1 : 0;
    entry.rkey = registrant.key;
    std::memcpy(entry.hostid, host.data(), host.size());
    const std::span<const HostController> controllers = by_host.of(host);
    if (controllers.empty()) {
      entries.push_back(entry);
    }
    for (const HostController& controller : controllers) {
      entry.cntlid = controller.cntlid;
      entries.push_back(entry);
    }
  }
  ReservationStatusHeader header;
  header.generation = reservation.generation();
  header.rtype = static_cast<uint8_t>(reservation.type());
  header.registered_controllers = static_cast<uint16_t>(std::min<size_t>(entries.size(), UINT16_MAX));
  header.ptpls = reservation.persists() ? 1 : 0;
  std::vector<std::byte> page(sizeof(header) + entries.size() * sizeof(RegisteredController));
  std::memcpy(page.data(), &header, sizeof(header));
  if (!entries.empty()) {
    std::memcpy(page.data() + sizeof(header), entries.data(), entries.size() * sizeof(RegisteredController));
  }
  fill_host_data(command, page);
  return {};
}

// Feature 83h, Reservation Persistence, of one namespace.
Status NvmSubsystem::set_reservation_persistence(uint32_t nsid, bool persists) {
  const auto found = namespaces_.find(nsid);
  if (found == namespaces_.end()) {
    return Status::final(StatusCode::InvalidNamespaceOrFormat);
  }
  Reservation next = found->second.reservation;
  if (!next.set_persists(persists)) {
    return {};
  }
  const Status stored = store_reservation(found->second, next);
  if (stored.is_success()) {
    found->second.reservation = std::move(next);
  }
  return stored;
}

}  // namespace outrigger::nvme
