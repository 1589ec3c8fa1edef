// Reservation: who may use a shared namespace (NVM Express Base Specification 2.0, section 8.19). A pure state machine
// over hosts, known by their identifiers: commands in, a verdict for each host and the notices that are due out.
// Control reactor; what it decides reaches the data cores through access tables.
//
// Any number of hosts up to reservation_registrants_max may register. With "persist through power loss" its state is
// meant to be stored whenever it changed (see stored()).
#pragma once

#include "base/result.h"
#include "nvme/reservation_format.h"
#include "nvme/status.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::nvme {

using HostId = std::array<uint8_t, 16>;

class Reservation {
 public:
  // A notice for all controllers of a host.
  struct Notice {
    HostId host;
    ReservationNotice what;
    friend bool operator==(const Notice&, const Notice&) = default;
  };
  // What a command did.
  struct Outcome {
    Status status{};
    bool is_changed = false;  // verdicts, generation or registrants: to be published and stored
    std::vector<Notice> notices{};
    // Preempt and Abort: the commands of these hosts must be over before the command completes. (Those of hosts that
    // merely lost their access end by themselves, and are waited for in any case.)
    std::vector<HostId> aborted{};
  };
  struct Verdict {
    bool may_read = true;
    bool may_write = true;
    friend bool operator==(const Verdict&, const Verdict&) = default;
  };

  [[nodiscard]] Outcome register_host(const HostId& host, RegisterAction action, bool ignores_key,
                                      PersistChange persist, const RegisterData& data);
  [[nodiscard]] Outcome acquire(const HostId& host, AcquireAction action, ReservationType type,
                                const AcquireData& data);
  [[nodiscard]] Outcome release(const HostId& host, ReleaseAction action, ReservationType type,
                                const ReleaseData& data);

  [[nodiscard]] Verdict verdict(const HostId& host) const noexcept;

  // -- for Reservation Report, features and people
  struct Registrant {
    uint64_t key = 0;
    bool is_holder = false;
  };
  [[nodiscard]] uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] ReservationType type() const noexcept { return type_; }
  [[nodiscard]] bool persists() const noexcept { return persists_; }
  [[nodiscard]] std::map<HostId, Registrant> registrants() const;
  // Feature 83h, Reservation Persistence. True when it is another value now.
  bool set_persists(bool persists) noexcept { return std::exchange(persists_, persists) != persists; }

  // The whole state as bytes of a form of our own, and back. Nothing to store: empty.
  [[nodiscard]] std::string stored() const;
  static Result<Reservation> restored(std::string_view bytes);

 private:
  [[nodiscard]] bool is_all_registrants() const noexcept;
  [[nodiscard]] bool is_holder(const HostId& host) const noexcept;
  [[nodiscard]] bool tells_releases() const noexcept;
  [[nodiscard]] Outcome preempt(const HostId& host, bool aborts, ReservationType type, uint64_t prkey);
  [[nodiscard]] Outcome unregister(const HostId& host);
  [[nodiscard]] Outcome set_key(const HostId& host, uint64_t key);
  void drop_reservation() noexcept;
  void tell_others(const HostId& but, ReservationNotice what, Outcome& outcome) const;

  std::map<HostId, uint64_t> keys_;  // of the registrants
  std::optional<HostId> holder_;     // nothing: none, or all registrants
  ReservationType type_ = ReservationType::None;
  uint32_t generation_ = 0;
  bool persists_ = false;
};

}  // namespace outrigger::nvme
