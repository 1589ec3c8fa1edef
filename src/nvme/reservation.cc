#include "nvme/reservation.h"

#include "nvme/limits.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace outrigger::nvme {
namespace {

Reservation::Outcome refusal(Status status) { return {.status = status}; }
Reservation::Outcome conflict() { return refusal(Status::final(StatusCode::ReservationConflict)); }
Reservation::Outcome invalid() { return refusal(Status::final(StatusCode::InvalidField)); }

// The form in which state is stored: a header and one entry for each registrant.
constexpr uint32_t stored_magic = 0x5652524f;  // "ORRV"
struct StoredHeader {
  le32 magic;
  le32 generation;
  uint8_t type = 0;
  uint8_t persists = 0;
  uint8_t has_holder = 0;
  uint8_t reserved = 0;
  le32 count;
  uint8_t holder[16]{};
};
static_assert(sizeof(StoredHeader) == 32);
struct StoredRegistrant {
  uint8_t hostid[16]{};
  le64 key;
};
static_assert(sizeof(StoredRegistrant) == 24);

}  // namespace

bool Reservation::is_all_registrants() const noexcept {
  return type_ == ReservationType::WriteExclusiveAllRegistrants ||
         type_ == ReservationType::ExclusiveAccessAllRegistrants;
}

bool Reservation::is_holder(const HostId& host) const noexcept {
  return type_ != ReservationType::None && (is_all_registrants() ? keys_.contains(host) : holder_ == host);
}

// 8.19.6 and 8.19.7: who may use the namespace changes for others when such a reservation ends.
bool Reservation::tells_releases() const noexcept {
  return type_ == ReservationType::WriteExclusiveRegistrantsOnly ||
         type_ == ReservationType::ExclusiveAccessRegistrantsOnly || is_all_registrants();
}

void Reservation::drop_reservation() noexcept {
  type_ = ReservationType::None;
  holder_.reset();
}

void Reservation::tell_others(const HostId& but, ReservationNotice what, Outcome& outcome) const {
  for (const auto& [host, key] : keys_) {
    if (host != but) {
      outcome.notices.push_back({host, what});
    }
  }
}

// Figure "Command Behavior in the Presence of a Reservation".
Reservation::Verdict Reservation::verdict(const HostId& host) const noexcept {
  const bool is_registrant = keys_.contains(host);
  switch (type_) {
    case ReservationType::None: return {};
    case ReservationType::WriteExclusive: return {.may_read = true, .may_write = is_holder(host)};
    case ReservationType::ExclusiveAccess: return {.may_read = is_holder(host), .may_write = is_holder(host)};
    case ReservationType::WriteExclusiveRegistrantsOnly:
    case ReservationType::WriteExclusiveAllRegistrants: return {.may_read = true, .may_write = is_registrant};
    case ReservationType::ExclusiveAccessRegistrantsOnly:
    case ReservationType::ExclusiveAccessAllRegistrants: return {.may_read = is_registrant, .may_write = is_registrant};
  }
  return {};
}

// 7.3 Reservation Register.
Reservation::Outcome Reservation::register_host(const HostId& host, RegisterAction action, bool ignores_key,
                                                PersistChange persist, const RegisterData& data) {
  if (persist == PersistChange::Reserved || !is_action(action)) {
    return invalid();
  }
  const auto found = keys_.find(host);
  const bool is_registrant = found != keys_.end();
  const bool is_key_right = ignores_key || (is_registrant && found->second == data.crkey);
  Outcome outcome;
  switch (action) {
    case RegisterAction::Register:
      if (is_registrant && found->second != data.nrkey) {
        return conflict();
      }
      outcome = set_key(host, data.nrkey);
      break;
    case RegisterAction::Replace:
      if (!is_key_right) {
        return conflict();
      }
      outcome = set_key(host, data.nrkey);
      break;
    case RegisterAction::Unregister:
      if (!is_key_right) {
        return conflict();
      }
      outcome = unregister(host);
      break;
  }
  if (!outcome.status.is_success()) {
    return outcome;
  }
  if (persist != PersistChange::None) {
    persists_ = persist == PersistChange::Enable;
  }
  ++generation_;
  outcome.is_changed = true;
  return outcome;
}

Reservation::Outcome Reservation::set_key(const HostId& host, uint64_t key) {
  if (!keys_.contains(host) && keys_.size() >= reservation_registrants_max) {
    return refusal(Status::retryable(StatusCode::InternalError));
  }
  keys_[host] = key;
  return {};
}

Reservation::Outcome Reservation::unregister(const HostId& host) {
  Outcome outcome;
  const bool held = is_holder(host);
  keys_.erase(host);
  // 8.19.5: with All Registrants the reservation ends with the last of them.
  if (held && (!is_all_registrants() || keys_.empty())) {
    if (tells_releases()) {
      tell_others(host, ReservationNotice::ReservationReleased, outcome);
    }
    drop_reservation();
  }
  return outcome;
}

// 7.2 Reservation Acquire.
Reservation::Outcome Reservation::acquire(const HostId& host, AcquireAction action, ReservationType type,
                                          const AcquireData& data) {
  if (!is_action(action) || !is_type(type)) {
    return invalid();
  }
  const auto found = keys_.find(host);
  if (found == keys_.end() || found->second != data.crkey) {
    return conflict();
  }
  if (action != AcquireAction::Acquire) {
    return preempt(host, action == AcquireAction::PreemptAndAbort, type, data.prkey);
  }
  if (type_ != ReservationType::None) {
    return is_holder(host) && type_ == type ? Outcome{} : conflict();
  }
  type_ = type;
  if (!is_all_registrants()) {
    holder_ = host;
  }
  return {.is_changed = true};
}

// 8.19.7 Preempting a Reservation or Registration.
Reservation::Outcome Reservation::preempt(const HostId& host, bool aborts, ReservationType type, uint64_t prkey) {
  const bool is_held = type_ != ReservationType::None;
  const bool takes_all = is_held && is_all_registrants() && prkey == 0;
  const bool takes_reservation =
      takes_all || (is_held && !is_all_registrants() && holder_ && keys_.at(*holder_) == prkey);
  if (prkey == 0 && !takes_all && !takes_reservation) {
    return invalid();
  }
  std::vector<HostId> victims;
  bool is_key_known = takes_all;
  for (const auto& [other, key] : keys_) {
    if (takes_all || key == prkey) {
      is_key_known = true;
      if (other != host) {
        victims.push_back(other);
      }
    }
  }
  if (!is_key_known) {
    return conflict();
  }
  Outcome outcome{.is_changed = true};
  const bool is_other_type = type_ != type;
  const bool told_releases = tells_releases();
  for (const HostId& victim : victims) {
    if (takes_reservation && is_holder(victim)) {
      outcome.notices.push_back({victim, ReservationNotice::ReservationPreempted});
    }
    outcome.notices.push_back({victim, ReservationNotice::RegistrationPreempted});
  }
  // A host may preempt its own registration when it does not hold the reservation: then it is gone, too.
  const bool takes_self = !takes_reservation && keys_.at(host) == prkey;
  for (const HostId& victim : victims) {
    keys_.erase(victim);
  }
  if (takes_self) {
    keys_.erase(host);
  }
  if (takes_reservation) {
    if (is_other_type && told_releases) {
      tell_others(host, ReservationNotice::ReservationReleased, outcome);
    }
    type_ = type;
    holder_.reset();
    if (!is_all_registrants()) {
      holder_ = host;
    }
  } else if (is_held && is_all_registrants() && keys_.empty()) {
    drop_reservation();
  }
  if (aborts) {
    outcome.aborted = std::move(victims);
  }
  ++generation_;
  return outcome;
}

// 7.4 Reservation Release.
Reservation::Outcome Reservation::release(const HostId& host, ReleaseAction action, ReservationType type,
                                          const ReleaseData& data) {
  if (!is_action(action)) {
    return invalid();
  }
  const auto found = keys_.find(host);
  if (found == keys_.end() || found->second != data.crkey) {
    return conflict();
  }
  Outcome outcome{.is_changed = true};
  if (action == ReleaseAction::Clear) {
    tell_others(host, ReservationNotice::ReservationPreempted, outcome);
    keys_.clear();
    drop_reservation();
    ++generation_;
    return outcome;
  }
  if (!is_holder(host)) {
    return {};  // nothing to release is a success
  }
  if (type_ != type) {
    return invalid();
  }
  if (tells_releases()) {
    tell_others(host, ReservationNotice::ReservationReleased, outcome);
  }
  drop_reservation();
  return outcome;
}

std::map<HostId, Reservation::Registrant> Reservation::registrants() const {
  std::map<HostId, Registrant> found;
  for (const auto& [host, key] : keys_) {
    found[host] = {.key = key, .is_holder = is_holder(host)};
  }
  return found;
}

std::string Reservation::stored() const {
  if (keys_.empty() && generation_ == 0) {
    return {};
  }
  StoredHeader header;
  header.magic = stored_magic;
  header.generation = generation_;
  header.type = static_cast<uint8_t>(type_);
  header.persists = persists_ ? 1 : 0;
  header.has_holder = holder_ ? 1 : 0;
  header.count = static_cast<uint32_t>(keys_.size());
  if (holder_) {
    std::memcpy(header.holder, holder_->data(), holder_->size());
  }
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  for (const auto& [host, key] : keys_) {
    StoredRegistrant entry;
    std::memcpy(entry.hostid, host.data(), host.size());
    entry.key = key;
    bytes.append(reinterpret_cast<const char*>(&entry), sizeof(entry));
  }
  return bytes;
}

Result<Reservation> Reservation::restored(std::string_view bytes) {
  Reservation reservation;
  if (bytes.empty()) {
    return reservation;
  }
  StoredHeader header;
  if (bytes.size() < sizeof(header)) {
    return fail(Code::DataLoss, "a stored reservation is cut off after {} bytes", bytes.size());
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  const auto type = static_cast<ReservationType>(header.type);
  const uint64_t wanted = sizeof(header) + uint64_t{header.count} * sizeof(StoredRegistrant);
  if (header.magic != stored_magic || wanted != bytes.size() || header.count > reservation_registrants_max ||
      (type != ReservationType::None && !is_type(type))) {
    return fail(Code::DataLoss, "a stored reservation is damaged");
  }
  for (uint32_t i = 0; i < header.count; ++i) {
    StoredRegistrant entry;
    std::memcpy(&entry, bytes.data() + sizeof(header) + i * sizeof(entry), sizeof(entry));
    HostId host;
    std::memcpy(host.data(), entry.hostid, host.size());
    reservation.keys_[host] = entry.key;
  }
  reservation.type_ = type;
  reservation.generation_ = header.generation;
  reservation.persists_ = header.persists != 0;
  if (header.has_holder != 0) {
    HostId holder;
    std::memcpy(holder.data(), header.holder, holder.size());
    reservation.holder_ = holder;
  }
  const bool needs_holder = type != ReservationType::None && !reservation.is_all_registrants();
  if (needs_holder != reservation.holder_.has_value() ||
      (needs_holder && !reservation.keys_.contains(*reservation.holder_))) {
    return fail(Code::DataLoss, "a stored reservation has no holder that is registered");
  }
  return reservation;
}

}  // namespace outrigger::nvme
